// The numbers of the journal. Its README shows them.

import type { LimitRow } from "../../core/mod.ts";

const MIB = 1024 * 1024;

/** The journal's rows of the table of limits. */
export const JOURNAL_LIMIT_ROWS = {
  journalBytes: {
    value: 8 * MIB,
    unit: "bytes",
    min: 64 * 1024,
    max: 256 * MIB,
    why: "A journal that is larger is rotated; with the one before it takes twice as much. It is read within 0.1 s at a start",
  },
  journalSyncMs: {
    value: 500,
    unit: "ms",
    min: 1,
    max: 60_000,
    why: "What is written reaches the disk after this long; a machine that loses power loses no more than that",
  },
  journalRetryMs: {
    value: 10_000,
    unit: "ms",
    min: 1,
    max: 3_600_000,
    why: "How long after a write that failed the journal is written again; meanwhile events are kept in memory",
  },
} as const satisfies Record<string, LimitRow>;

/** One value for each row. */
export type JournalLimits = { readonly [K in keyof typeof JOURNAL_LIMIT_ROWS]: number };

/** The rows' own values. */
export const JOURNAL_LIMITS: JournalLimits = {
  journalBytes: JOURNAL_LIMIT_ROWS.journalBytes.value,
  journalSyncMs: JOURNAL_LIMIT_ROWS.journalSyncMs.value,
  journalRetryMs: JOURNAL_LIMIT_ROWS.journalRetryMs.value,
};
