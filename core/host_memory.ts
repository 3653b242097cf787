// Limits that fit into the memory of a small host, such as a container of 16 MB. Pure.

import { type AllLimits, LIMIT_ROWS, type Limits } from "./limits.ts";

/** What an open stream takes beside its smallest window: objects on both sides, and a socket's buffers. */
const STREAM_BYTES = 16 * 1024;

/** Shares of the memory that a host has to spare. What is left is for messages of the manager, code, and garbage. */
const SHARES = { streams: 1 / 2, budgetBytes: 1 / 4, linkBytes: 1 / 8, codeBytes: 1 / 8 } as const;

/** No stream has more than this part of the budget, so that one stalled reader does not slow the others. */
const WINDOW_SHARE = 1 / 4;

/**
 * The limits, lowered where the host has little memory; never below what the tables allow, and never raised.
 * @param room Bytes that the host has to spare; undefined: nobody counts them.
 */
export function fittedLimits(limits: AllLimits, room: number | undefined): AllLimits {
  if (room === undefined) return limits;
  const most = (name: keyof Limits, value: number) => Math.min(limits[name], Math.max(LIMIT_ROWS[name].min, Math.floor(value)));
  const budgetBytes = most("budgetBytes", room * SHARES.budgetBytes);
  const maxWindowBytes = most("maxWindowBytes", budgetBytes * WINDOW_SHARE);
  return {
    ...limits,
    budgetBytes,
    maxWindowBytes,
    startWindowBytes: Math.min(limits.startWindowBytes, maxWindowBytes),
    streams: most("streams", (room * SHARES.streams) / (STREAM_BYTES + limits.minWindowBytes)),
    linkBytes: most("linkBytes", room * SHARES.linkBytes),
    codeBytes: most("codeBytes", room * SHARES.codeBytes),
  };
}
