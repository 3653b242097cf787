// What the folded state keeps of counted bytes: hours, then days, then one sum. Pure, and bounded whatever is counted.

import { bytesOf, summed, type TrafficRow } from "./rows.ts";

/** Milliseconds. */
export const MINUTE_MS = 60_000;
/** Milliseconds. */
export const HOUR_MS: number = 60 * MINUTE_MS;
/** Milliseconds. */
export const DAY_MS: number = 24 * HOUR_MS;

/** Whole days whose hours are kept. */
const HOURS_OF_DAYS = 8;
/** Days that are kept; what is older is one sum. */
const DAYS = 92;
/** Spans of each length that are kept, the present day's included. */
const MOST_HOURS = 24 * (HOURS_OF_DAYS + 1);
const MOST_DAYS = DAYS + 1;
/** Rows of one span. */
export const MOST_ROWS = 256;

/** What was counted in a minute, an hour or a day (UTC). */
export interface TrafficSpan {
  /** When it begins, in milliseconds since 1970. */
  readonly at: number;
  readonly rows: readonly TrafficRow[];
}

/** All that was counted, coarser the longer ago it was. */
export interface TrafficHistory {
  /** Number of the last `traffic.counted` that is in it; later ones are still to be added. */
  readonly upTo: number;
  /** In order, each at most once. */
  readonly hours: readonly TrafficSpan[];
  /** The same; all before `hours`. */
  readonly days: readonly TrafficSpan[];
  /** All before `days`. */
  readonly before: readonly TrafficRow[];
}

/** Hours that are to be added. */
export type CountedHours = Pick<TrafficHistory, "upTo" | "hours">;

/** Nothing was counted. */
export const NO_TRAFFIC: TrafficHistory = { upTo: 0, hours: [], days: [], before: [] };

/** The beginning of the span of a length that a time is in. */
export function spanOf(at: number, lengthMs: number): number {
  return Math.floor(at / lengthMs) * lengthMs;
}

/**
 * The history with more hours in it.
 * @param now When they were written, in milliseconds since 1970: what is old is measured from there.
 */
export function withHours(history: TrafficHistory, { upTo, hours: more }: CountedHours, now: number): TrafficHistory {
  const firstHour = spanOf(now, DAY_MS) - HOURS_OF_DAYS * DAY_MS;
  const firstDay = spanOf(now, DAY_MS) - DAYS * DAY_MS;
  const [hours, old] = parted(addedTo(history.hours, more), firstHour, MOST_HOURS);
  const oldDays = old.map(({ at, rows }) => ({ at: spanOf(at, DAY_MS), rows }));
  const [days, ancient] = parted(addedTo(history.days, oldDays), firstDay, MOST_DAYS);
  const before = ancient.length === 0 ? history.before : summed([...history.before, ...rowsOf(ancient)], MOST_ROWS);
  return { upTo: Math.max(history.upTo, upTo), hours, days, before };
}

/** The rows of all spans. */
export function rowsOf(spans: readonly TrafficSpan[]): TrafficRow[] {
  return spans.flatMap(({ rows }) => rows);
}

/** Spans from a time on, at most so many, and those before: a clock that was set back leaves some in the future. */
function parted(spans: readonly TrafficSpan[], from: number, most: number): [TrafficSpan[], TrafficSpan[]] {
  const kept = spans.filter(({ at }) => at >= from).slice(-most);
  return [kept, spans.slice(0, spans.length - kept.length)];
}

/** Spans with more of them added, in order; each has few rows. */
export function addedTo(spans: readonly TrafficSpan[], more: readonly TrafficSpan[]): TrafficSpan[] {
  const sums = new Map(spans.map((span) => [span.at, span]));
  for (const { at, rows } of more)
    if (rows.some((row) => bytesOf(row) > 0 || row.streams > 0))
      sums.set(at, { at, rows: summed([...(sums.get(at)?.rows ?? []), ...rows], MOST_ROWS) });
  return [...sums.values()].sort((a, b) => a.at - b.at);
}
