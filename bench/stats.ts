// The few statistics used here. Pure.

/** The value below which `percent` of the values lie (nearest rank); NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? Number.NaN : (upper + lower) / 2;
}

/** The median of the ratios round by round (not the ratio of the medians), so that noise that hits a whole round cancels out. */
export function medianRatio(values: readonly number[], reference: readonly number[]): number {
  return median(values.flatMap((value, round) => (reference[round] === undefined ? [] : [value / reference[round]])));
}

/**
 * The order of a round, from 0: each begins with another one, and every other round goes backwards, since each peer is slowed by what the
 * one before it has left to be done.
 */
export function turns<Peer>(peers: readonly Peer[], round: number): Peer[] {
  const first = round % peers.length;
  const [own, others] = [peers.slice(first, first + 1), [...peers.slice(first + 1), ...peers.slice(0, first)]];
  return [...own, ...(round % 2 === 0 ? others : others.reverse())];
}
