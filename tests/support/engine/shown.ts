// Values as text for messages of failed assertions: one property a line, so that two of them can be compared.

const INDENT = "  ";
/** Longer ones are cut. */
const MOST_ITEMS = 200;
const LONGEST_TEXT = 10_000; // characters
/** Lines that are equal are left out but for so many around the first difference. */
const AROUND = 3;

/** The text of a value. */
export function show(value: unknown, indent = "", above: readonly object[] = []): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST_TEXT));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name}]`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (above.includes(value)) return "[Circular]";
  if (value instanceof Date || value instanceof RegExp) return String(value);
  const kind = Object.getPrototypeOf(value)?.constructor?.name ?? "[no prototype]";
  const inner = indent + INDENT;
  const lines = itemsOf(value).map(([key, item]) => `${inner}${key}${show(item, inner, [...above, value])}`);
  const cut =
    lines.length > MOST_ITEMS ? [...lines.slice(0, MOST_ITEMS), `${inner}... ${lines.length - MOST_ITEMS} more`] : lines;
  const [begin, end] = Array.isArray(value) || ArrayBuffer.isView(value) ? ["[", "]"] : ["{", "}"];
  const name = kind === "Object" || kind === "Array" ? "" : `${kind} `;
  return cut.length === 0 ? `${name}${begin}${end}` : `${name}${begin}\n${cut.join("\n")}\n${indent}${end}`;
}

function itemsOf(value: object): [key: string, item: unknown][] {
  const own = Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .filter((key) => !(Array.isArray(value) || ArrayBuffer.isView(value)) || !/^\d+$/.test(String(key)))
    .map((key): [string, unknown] => [`${String(key)}: `, Reflect.get(value, key)]);
  if (value instanceof Map) return [...[...value].map(([key, item]): [string, unknown] => [`${show(key)} => `, item]), ...own];
  if (value instanceof Set) return [...[...value].map((item): [string, unknown] => ["", item]), ...own];
  if (value instanceof Error) return [["message: ", value.message], ...own];
  if (value instanceof ArrayBuffer) return itemsOf(new Uint8Array(value));
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
    return [...Array.from(value as ArrayLike<unknown>, (item): [string, unknown] => ["", item]), ...own];
  return own;
}

/** What differs between two values, a line for each line of theirs: `+` the actual one, `-` the expected one. */
export function difference(actual: unknown, expected: unknown): string {
  const [is, wanted] = [show(actual).split("\n"), show(expected).split("\n")];
  let same = 0;
  while (same < is.length && same < wanted.length && is[same] === wanted[same]) same += 1;
  let tail = 0;
  while (tail < Math.min(is.length, wanted.length) - same && is.at(-1 - tail) === wanted.at(-1 - tail)) tail += 1;
  const part = (lines: readonly string[], sign: string) =>
    lines.slice(same, lines.length - tail).map((line) => `${sign} ${line}`);
  const before = is.slice(Math.max(0, same - AROUND), same).map((line) => `  ${line}`);
  const following = is.slice(is.length - tail).slice(0, AROUND);
  return [...before, ...part(is, "+"), ...part(wanted, "-"), ...following.map((line) => `  ${line}`)].join("\n");
}
