// The kind of a length of time.

import { DURATION_PATTERN, durationMs, showDuration } from "../../duration.ts";
import { quoted } from "../text/visible.ts";
import { type Kind, text } from "./kinds.ts";
import { wrong } from "./parsed.ts";

/** `500ms`, `5s`, `2m` or `1h`, as milliseconds within bounds. */
export function duration(leastMs: number, mostMs: number): Kind<number> {
  const wanted = `a length of time from ${showDuration(leastMs)} to ${showDuration(mostMs)}`;
  return text(
    (written) => {
      const ms = durationMs(written);
      const fits = ms !== undefined && ms >= leastMs && ms <= mostMs;
      return fits ? { value: ms } : wrong(`${quoted(written)} is not ${wanted}`, "Write '500ms', '5s' or '2m', for example");
    },
    { pattern: DURATION_PATTERN },
  );
}

/** A text of exactly this length. */
export function exactDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
