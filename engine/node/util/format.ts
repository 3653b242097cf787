// `util.format`: texts with `%s` and the like, as the console prints them.

import { inspect } from "./inspect.ts";

/** The arguments as one text; the first may have `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%c` and `%%`. */
export function format(...args: readonly unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== "string") return args.map(plain).join(" ");
  if (rest.length === 0) return first;
  let used = 0;
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === "%%") return "%";
    if (used === rest.length) return mark;
    return replaced(mark, rest[used++]);
  });
  return [text, ...rest.slice(used).map(plain)].join(" ");
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

function replaced(mark: string, value: unknown): string {
  switch (mark) {
    case "%s":
      return asText(value);
    case "%d":
      return typeof value === "bigint" ? `${value}n` : numeric(value, Number);
    case "%i":
      return typeof value === "bigint" ? `${value}n` : numeric(value, (one) => Number.parseInt(String(one), 10));
    case "%f":
      return typeof value === "symbol" ? "NaN" : inspect(Number.parseFloat(String(value)));
    case "%j":
      return asJson(value);
    case "%o":
      return inspect(value, { showHidden: true, depth: 4 });
    case "%O":
      return inspect(value);
    default:
      return "";
  }
}

function numeric(value: unknown, convert: (value: unknown) => number): string {
  return typeof value === "symbol" || (typeof value === "object" && value !== null) ? "NaN" : inspect(convert(value));
}

function asText(value: unknown): string {
  if (typeof value === "bigint" || Object.is(value, -0)) return inspect(value);
  if (typeof value !== "object" || value === null) return String(value);
  const hasOwnText =
    value instanceof Error || (typeof value.toString === "function" && value.toString !== Object.prototype.toString);
  return hasOwnText && !Array.isArray(value) ? String(value) : inspect(value, { depth: 0 });
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch (thrown) {
    if (thrown instanceof TypeError && /circular/.test(thrown.message)) return "[Circular]";
    throw thrown;
  }
}
