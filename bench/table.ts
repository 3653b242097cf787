// Output for people: aligned tables, ratios in words, and the aims with whether they are met. Pure.
import type { Quantity } from "./measure.ts";
import { median, medianRatio } from "./stats.ts";

/** All values of a quantity: peer name to one value a round (NaN where a peer failed). */
export interface Series {
  readonly quantity: Quantity;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

/** A number in three significant digits or whole, as one reads it. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Rows of cells as lines; the first column left-aligned, the others right-aligned. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((w, row) => row.map((cell, i) => Math.max(w[i] ?? 0, cell.length)), []);
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return rows.map((row) => `  ${line(row).trimEnd()}`).join("\n");
}

/** What stands behind the names of another checkout's peers. */
export const BEFORE = " before";

const REFERENCES = ["direct", "ssh -L", "ssh -D", "pipes", "pipes+relay", "norouter (node24)"];

/**
 * One quantity: a row a peer with its median, and the median of its ratios to each reference, and to the same peer of another checkout
 * if there is one.
 */
export function table({ quantity, values }: Series): string {
  const references = REFERENCES.filter((name) => values.has(name));
  const isAgainst = [...values.keys()].some((name) => name.endsWith(BEFORE));
  const head = [
    "",
    `${quantity.unit}`,
    "min",
    "max",
    ...references.map((name) => `/ ${name}`),
    ...(isAgainst ? ["/ before"] : []),
  ];
  const rows = [...values].flatMap(([name, series]) => {
    const good = series.filter(Number.isFinite);
    if (good.length === 0) return [];
    const ratios = references.map((reference) => short(medianRatio(series, values.get(reference) ?? [])));
    const before = values.get(name + BEFORE);
    if (isAgainst) ratios.push(before ? short(medianRatio(series, before)) : "");
    return [[name, short(median(good)), short(Math.min(...good)), short(Math.max(...good)), ...ratios]];
  });
  return `${quantity.title} (${quantity.better} is better)\n${align([head, ...rows])}\n`;
}

/** A bound on the ratio of one peer to another in one quantity. */
export interface Aim {
  readonly quantity: string;
  readonly peer: string;
  readonly reference: string;
  readonly atLeast?: number;
  readonly below?: number;
}

const STREAM = ["upload1", "download1"];
const PAIRS = [
  { peer: "norouter", chain: "pipes" },
  { peer: "norouter a-a", chain: "pipes+relay" },
];

/** One stream at least as fast as `ssh -L` and half as fast as the pipe chain; a round trip under twice the chain's. */
export const AIMS: readonly Aim[] = [
  // Not from agent to agent: that way has one process more than ssh has.
  ...STREAM.map((quantity) => ({ quantity, peer: "norouter", reference: "ssh -L", atLeast: 1 })),
  ...["ssh -L usual", "ssh -L"].flatMap((reference) =>
    STREAM.map((quantity) => ({ quantity, peer: "norouter TLS", reference, atLeast: 1 })),
  ),
  ...PAIRS.flatMap(({ peer, chain }) => [
    ...STREAM.map((quantity) => ({ quantity, peer, reference: chain, atLeast: 0.5 })),
    { quantity: "roundTripMedian", peer, reference: chain, below: 2 },
  ]),
];

/** An aim and what came of it; `met` is undefined when it was not measured. */
export interface Verdict extends Aim {
  readonly ratio: number;
  readonly met: boolean | undefined;
}

/** Holds the aims against what was measured. */
export function judge(series: readonly Series[]): Verdict[] {
  return AIMS.map((aim) => {
    const values = series.find((s) => s.quantity.id === aim.quantity)?.values;
    const ratio = medianRatio(values?.get(aim.peer) ?? [], values?.get(aim.reference) ?? []);
    const met = (aim.atLeast === undefined || ratio >= aim.atLeast) && (aim.below === undefined || ratio < aim.below);
    return { ...aim, ratio, met: Number.isFinite(ratio) ? met : undefined };
  });
}

/** The verdicts as a table. */
export function aimsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((v) => {
    const bound = v.below === undefined ? `at least ${v.atLeast}` : `below ${v.below}`;
    const outcome = v.met === undefined ? "not measured" : v.met ? "met" : "NOT MET";
    return [`${v.peer} to ${v.reference}: ${v.quantity}`, bound, short(v.ratio), outcome];
  });
  return `aims (ratios)\n${align([["", "aim", "measured", ""], ...rows])}\n`;
}
