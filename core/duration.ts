// Lengths of time as people write them: `500ms`, `10s`, `5m`, `1h`, `2d`, and several behind one another, `1h30m`. Pure.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest that is taken, in milliseconds: timers go no further than 2^31. */
export const LONGEST_DURATION_MS: number = 24 * UNITS.d;

/** What is taken, for the JSON Schema. */
export const DURATION_PATTERN = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$";

/** Milliseconds of a length of time; undefined for what is none, or is longer than {@link LONGEST_DURATION_MS}. */
export function durationMs(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g))
    sum += Number(number) * UNITS[unit as keyof typeof UNITS];
  const ms = Math.round(sum);
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}

/** A length of time for people, in its two largest units, such as `1h30m` or `12s`; what is below a second in milliseconds. */
export function showDuration(ms: number): string {
  if (ms < UNITS.s) return `${Math.round(ms)}ms`;
  let left = Math.round(ms / UNITS.s) * UNITS.s;
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"] as const) {
    const count = Math.floor(left / UNITS[unit]);
    left -= count * UNITS[unit];
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
  }
  return parts.join("");
}
