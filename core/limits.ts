// Every number of the core that a user may meet stands here once, with its unit, range and reason; those of a plugin stand in
// its folder. Imports little: everything imports it.

import { NoRouterError } from "./errors.ts";
import { LONGEST_MESSAGE } from "./text.ts";

/** What the project knows about one number. */
export interface LimitRow {
  readonly value: number;
  readonly unit: "ms" | "bytes" | "count";
  /** Smallest and largest value that a program may set. */
  readonly min: number;
  readonly max: number;
  /** Why the number is what it is. */
  readonly why: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The table of numbers; `docs/limits.md` shows it. */
export const LIMIT_ROWS = {
  frameBytes: row(
    128 * KIB,
    "bytes",
    1 * KIB,
    128 * KIB,
    "Largest data frame on a fast link; a slow one has frames of 32 KiB, as a small request waits for one. Part of the wire",
  ),
  controlBytes: row(1 * MIB, "bytes", 1 * MIB, 16 * MIB, "Largest control message of an agent: a batch of reports"),
  snapshotBytes: row(64 * MIB, "bytes", 64 * MIB, 256 * MIB, "Largest control message of a manager: a snapshot of every host"),
  codeBytes: row(
    4 * MIB,
    "bytes",
    64 * KIB,
    64 * MIB,
    "Largest module of a plugin of others that a host runs; it is sent whole and held in memory while it is checked",
  ),
  bannerBytes: row(64 * KIB, "bytes", 1 * KIB, 1 * MIB, "What a login shell may print before the agent's first byte"),
  minWindowBytes: row(
    16 * KIB,
    "bytes",
    16 * KIB,
    16 * KIB,
    "Credit of a stream before it is accepted, known to both ends; saves a round trip for a request",
  ),
  startWindowBytes: row(64 * KIB, "bytes", 4 * KIB, 4 * MIB, "Credit of an accepted stream while half of the budget is free"),
  maxWindowBytes: row(
    4 * MIB,
    "bytes",
    64 * KIB,
    64 * MIB,
    "Fills 300 Mbit/s at a round trip of 100 ms; also what one stalled reader may hold back",
  ),
  budgetBytes: row(
    64 * MIB,
    "bytes",
    1 * MIB,
    1024 * MIB,
    "What the windows of one host may take together beyond the smallest ones; bounds what slow readers hold in memory",
  ),
  streams: row(
    4096,
    "count",
    16,
    65536,
    "Open streams of one host, of which an opener may hold twice as many as it leaves free; their smallest windows take 64 MiB",
  ),
  queueBytes: row(
    144 * MIB,
    "bytes",
    2 * MIB,
    2048 * MIB,
    "What one host may have waiting on another's link: windows, headers, credits; unless set, grows with the two above",
  ),
  linkBytes: row(
    4 * MIB,
    "bytes",
    64 * KIB,
    64 * MIB,
    "What a host may have waiting on its own link before it reads its programs no further, whatever credit it was given",
  ),
  writeBatchBytes: row(
    256 * KIB,
    "bytes",
    32 * KIB,
    1 * MIB,
    "Handed to a carrier in one write; more would make small requests wait",
  ),
  heartbeatMs: row(2000, "ms", 50, 60_000, "How often an idle link is pinged"),
  heartbeatMisses: row(
    3,
    "count",
    2,
    100,
    "Silent heartbeats before a link counts as dead; an agent without a manager is gone within ten seconds",
  ),
  helloMs: row(
    20_000,
    "ms",
    100,
    600_000,
    "From starting a host's command to its agent's first words; a slow login or a cold container takes seconds",
  ),
  retryMs: row(
    500,
    "ms",
    1,
    60_000,
    "Longest wait before the first new start of a host that failed, or the next try for an address or a file; doubles with each failure in a row",
  ),
  retryCapMs: row(
    10_000,
    "ms",
    1,
    3_600_000,
    "Longest wait between starts, or tries: a host that was down for long is back within ten seconds",
  ),
  retryStuckMs: row(
    15_000,
    "ms",
    1,
    600_000,
    "The same as retryMs for failures that last until somebody does something, such as a command that is missing",
  ),
  retryStuckCapMs: row(
    300_000,
    "ms",
    1,
    86_400_000,
    "The same as retryCapMs for failures that last until somebody does something",
  ),
  retryLeastMs: row(100, "ms", 1, 60_000, "Shortest wait before a new start, so that a host that ends at once cannot spin"),
  stableMs: row(5000, "ms", 0, 3_600_000, "How long a link must have been up for its end to count as the first failure in a row"),
  hostStopMs: row(
    30_000,
    "ms",
    1000,
    600_000,
    "How long the stop of a host that was started on demand may take; engines wait ten seconds for a container to end by itself",
  ),
  returnMs: row(
    10_000,
    "ms",
    0,
    600_000,
    "How long a new connection waits for a host that starts or comes back, before it fails; half of what clients wait",
  ),
  partMs: row(
    120_000,
    "ms",
    50,
    3_600_000,
    "For a plugin's part to be loaded on a host, and for each change of its front-ends; 4 MiB of code at 350 kbit/s. The host goes on without it",
  ),
  stopMs: row(2000, "ms", 50, 60_000, "For an agent to leave when asked; after that its command is ended by signal"),
  stderrLines: row(20, "count", 1, 1000, "Last lines of a command's standard error that are kept to explain a failure"),
  stderrLineBytes: row(LONGEST_MESSAGE, "bytes", 80, LONGEST_MESSAGE, "Longest line of standard error that is kept whole"),
  reportMs: row(100, "ms", 1, 10_000, "Facts about streams travel to the manager in batches this far apart"),
  trafficMs: row(10_000, "ms", 100, 600_000, "While bytes flow, how many is written to the log this far apart"),
  opens: row(
    10_000,
    "count",
    100,
    1_000_000,
    "Streams that one host may open in a second, as many as 'streams' at once; what it sends beyond that waits",
  ),
  streamFacts: row(
    10_000,
    "count",
    100,
    1_000_000,
    "Facts about streams that one host may report in a second, twice as many at once; 5,000 new connections a second",
  ),
  listenerFacts: row(
    100,
    "count",
    1,
    1_000_000,
    "Facts about addresses that one host may report in a second, as many as 'listeners' at once",
  ),
  recentEvents: row(1000, "count", 10, 1_000_000, "Events of the class 'recent' that the log keeps"),
  durableEvents: row(
    4096,
    "count",
    16,
    10_000_000,
    "Events of the class 'durable' kept one by one before the older half is folded into a snapshot",
  ),
  listeners: row(
    20_000,
    "count",
    20_000,
    20_000,
    "Addresses one host may report, the same in every replay; a thousand hosts with twenty ports each",
  ),
  reportFacts: row(
    10_000,
    "count",
    100,
    1_000_000,
    "Facts one host may have waiting to be reported; older stream facts are dropped first",
  ),
} as const satisfies Record<string, LimitRow>;

/** One value for each row of {@link LIMIT_ROWS}. */
export type Limits = { readonly [K in keyof typeof LIMIT_ROWS]: number };

/** The same with the limits that plugins brought. */
export type AllLimits = Limits & { readonly [name: string]: number | undefined };

/** Rows of limits by their names. */
export type LimitRows = { readonly [name: string]: LimitRow };

/** One value for each row. */
export type LimitValues<Rows extends LimitRows> = { readonly [K in keyof Rows]: number };

/** The table's own values. */
export const DEFAULT_LIMITS: Limits = Object.fromEntries(
  Object.entries(LIMIT_ROWS).map(([name, { value }]) => [name, value]),
) as Limits;

/**
 * The table's values with some replaced.
 * @param rows Limits that plugins brought.
 * @throws NoRouterError `usage` when a value is outside its range.
 */
export function withLimits(overrides: Overrides = {}, rows: LimitRows = {}): AllLimits {
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const known = rows[name] ?? (LIMIT_ROWS as LimitRows)[name];
    if (!known) throw new NoRouterError("usage", `There is no limit "${name}"`);
    if (!Number.isInteger(value) || value < known.min || value > known.max) {
      throw new NoRouterError(
        "usage",
        `Limit "${name}" is ${value}; a whole number from ${known.min} to ${known.max} was wanted`,
      );
    }
  }
  const brought = Object.fromEntries(Object.entries(rows).map(([name, { value }]) => [name, value]));
  const limits = { ...brought, ...DEFAULT_LIMITS, ...overrides };
  return { ...limits, queueBytes: overrides.queueBytes ?? Math.max(limits.queueBytes, mostHonestlyWaiting(limits)) } as AllLimits;
}

/**
 * The limits of a host that a plugin's part there reads: the core's, and those of the plugin's rows, each cut to its range; a row
 * that the host was told nothing of has its own value.
 */
export function limitsOf<Rows extends LimitRows>(
  { limits }: { readonly limits: Limits | AllLimits },
  rows: Rows,
): Limits & LimitValues<Rows> {
  let byRows = answers.get(limits);
  if (!byRows) {
    byRows = new Map();
    answers.set(limits, byRows);
  }
  const known = byRows.get(rows);
  if (known) return known as Limits & LimitValues<Rows>;
  const told: AllLimits = limits;
  const values = Object.entries(rows).map(([name, { value, min, max }]) => {
    return [name, Math.min(Math.max(told[name] ?? value, min), max)] as const;
  });
  const answer = { ...limits, ...Object.fromEntries(values) } as Limits & LimitValues<Rows>;
  byRows.set(rows, answer);
  return answer;
}

/** What {@link limitsOf} said: it is asked for each connection, and both limits and rows stay as they are. */
const answers = new WeakMap<object, Map<LimitRows, object>>();

/** Limits by name, of those that are not as the tables have them. */
export type Overrides = Partial<Limits> | { readonly [name: string]: number | undefined };

/** What other processes of the network have to be told of these limits. */
export function changedLimits(limits: AllLimits): { readonly [name: string]: number } {
  const rows = LIMIT_ROWS as LimitRows;
  const changed = Object.entries(limits).filter(([name, value]) => value !== undefined && value !== rows[name]?.value);
  return Object.fromEntries(changed) as { readonly [name: string]: number };
}

/** The limits of a process after its manager told it of others; what is out of a row's range here is cut to it. */
export function adoptedLimits(own: AllLimits, told: { readonly [name: string]: number } = {}): AllLimits {
  const rows = LIMIT_ROWS as LimitRows;
  const fitting = Object.entries(told).map(([name, value]) => {
    const { min, max } = rows[name] ?? { min: value, max: value };
    return [name, Math.min(Math.max(value, min), max)] as const;
  });
  return { ...own, ...Object.fromEntries(fitting) };
}

/** What a host that keeps to its credit can have waiting: all windows, and an eighth for headers and credits. */
function mostHonestlyWaiting({ budgetBytes, streams, minWindowBytes }: Limits): number {
  return Math.min(Math.ceil((budgetBytes + streams * minWindowBytes) * 1.125), LIMIT_ROWS.queueBytes.max);
}

function row(value: number, unit: LimitRow["unit"], min: number, max: number, why: string): LimitRow {
  return { value, unit, min, max, why };
}
