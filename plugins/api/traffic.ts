// Counted bytes as the API shows them: by pair of hosts, by host, or by port; since a time. Pure but for the question.

import { bytesOf, type Control, type HostId, NoRouterError, plus, sumOf, type TrafficRow } from "../../core/mod.ts";
import type { Plain } from "./answers.ts";

/** What rows are made for. */
export const TRAFFIC_BY = ["edge", "host", "port"] as const;

/** One of {@link TRAFFIC_BY}. */
export type TrafficBy = (typeof TRAFFIC_BY)[number];

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(\d{1,9})([smhd])$/;
const MILLISECONDS = /^\d{1,15}$/;
/** A date, maybe with a time of day, maybe with a zone; without one a time is local (ECMA-262, Date Time String Format). */
const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * A time in milliseconds since 1970, none in the future.
 * @param text How long ago, such as `30m`, `1h` or `2d`; a time in ISO 8601; or the milliseconds.
 * @throws NoRouterError `usage`
 */
export function timeSince(text: string, now: number): number {
  const [, count = "", unit = ""] = AGO.exec(text) ?? [];
  const at = unit ? Math.max(0, now - Number(count) * (UNITS[unit] ?? 0)) : absolute(text);
  if (Number.isFinite(at) && at >= 0) return Math.min(at, now);
  throw new NoRouterError("usage", `'since' wants how long ago, such as '30m', '1h' or '2d', or a time, not "${text}"`);
}

function absolute(text: string): number {
  if (MILLISECONDS.test(text)) return Number(text);
  return ISO.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
}

/**
 * What rows are to be made for.
 * @throws NoRouterError `usage`
 */
export function trafficBy(text: string): TrafficBy {
  const found = TRAFFIC_BY.find((by) => by === text);
  if (found) return found;
  throw new NoRouterError("usage", `'by' wants ${TRAFFIC_BY.map((by) => `'${by}'`).join(", ")}, not "${text}"`);
}

/** What is asked of the counters. */
export interface TrafficQuestion {
  readonly by: TrafficBy;
  /** Milliseconds since 1970; undefined: since the network began. */
  readonly since: number | undefined;
}

/** The bytes that streams have carried; the rows with most of them come first. */
export function shownTraffic(control: Pick<Control, "network" | "traffic">, { by, since: asked }: TrafficQuestion): Plain {
  const { since, rows } = control.traffic(asked);
  const { hosts } = control.network;
  // A host that has left has no name any more.
  const nameOf = (host: HostId | undefined) => (host === undefined ? null : (hosts.get(host)?.name ?? `${host}`));
  const shown = by === "edge" ? edges(rows, nameOf) : by === "port" ? ports(rows, nameOf) : byHost(rows, nameOf);
  const { bytesOut, bytesIn, streams } = sumOf(rows);
  return { by, since: since ?? null, total: { bytesOut, bytesIn, streams }, rows: shown };
}

type NameOf = (host: HostId | undefined) => string | null;

function edges(rows: readonly TrafficRow[], nameOf: NameOf): Plain[] {
  return grouped(rows, ({ from, to }) => `${from} ${to}`).map(([{ from, to }, sum]) => ({
    from: nameOf(from),
    to: nameOf(to),
    ...sum,
  }));
}

function ports(rows: readonly TrafficRow[], nameOf: NameOf): Plain[] {
  return grouped(rows, ({ to, port, routed }) => `${to} ${port} ${routed}`).map(([{ to, port, routed }, sum]) => ({
    to: nameOf(to),
    port: port ?? null,
    routed: routed ?? false,
    ...sum,
  }));
}

/** Groups of rows, the largest first: one of each for its place, and the sum of all. */
function grouped(rows: readonly TrafficRow[], keyOf: (row: TrafficRow) => string) {
  const groups = [...Map.groupBy(rows, keyOf).values()].map((group) => {
    const { bytesOut, bytesIn, streams } = sumOf(group);
    return [group[0] as TrafficRow, { bytesOut, bytesIn, streams }] as const;
  });
  return groups.sort(([, a], [, b]) => bytesOf(b) - bytesOf(a));
}

/** What a host sent and received, whoever opened the streams. */
interface HostSum {
  readonly sent: number;
  readonly received: number;
  readonly opened: number;
  readonly served: number;
}

function byHost(rows: readonly TrafficRow[], nameOf: NameOf): Plain[] {
  const sums = new Map<HostId | undefined, HostSum>();
  const add = (host: HostId | undefined, more: HostSum) => {
    const { sent, received, opened, served } = sums.get(host) ?? { sent: 0, received: 0, opened: 0, served: 0 };
    sums.set(host, {
      sent: plus(sent, more.sent),
      received: plus(received, more.received),
      opened: plus(opened, more.opened),
      served: plus(served, more.served),
    });
  };
  for (const { from, to, bytesOut, bytesIn, streams } of rows) {
    add(from, { sent: bytesOut, received: bytesIn, opened: streams, served: 0 });
    add(to, { sent: bytesIn, received: bytesOut, opened: 0, served: streams });
  }
  return [...sums]
    .sort(([, a], [, b]) => b.sent + b.received - (a.sent + a.received))
    .map(([host, sum]) => ({ host: nameOf(host), ...sum }));
}
