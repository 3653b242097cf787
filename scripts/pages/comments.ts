// Reads doc comments of sources: what is said of each member of an interface, or of each entry of a table. It knows only sources
// in the form that the formatter gives them, and throws where there is something else.

import { readFileSync } from "node:fs";

/** A source, by its path from the root of the project. */
export function readSource(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

/** A member of an interface, or an entry of a table. */
export interface Member {
  readonly name: string;
  /** It may be missing. */
  readonly optional: boolean;
  /** Its doc comment in one line; empty without one. */
  readonly text: string;
  /** What stands behind its colon, in one line. */
  readonly rest: string;
}

/**
 * The members of what begins with `head`, such as `export interface Retry`.
 * @throws Error when there is no such thing
 */
export function membersOf(source: string, head: string): Member[] {
  const lines = source.split("\n");
  const at = lines.findIndex((line) => line.startsWith(head) && /^\W/.test(line.slice(head.length)));
  if (at < 0) throw new Error(`There is no "${head}"`);
  const end = lines.findIndex((line, index) => index >= at && /^\}/.test(line));
  const bases = /\bextends ([\w, ]+) \{/.exec(lines[at] ?? "")?.[1]?.split(", ") ?? [];
  const inherited = bases.flatMap((name) => membersOf(source, `export interface ${name}`));
  return [...inherited, ...membersIn(lines.slice(at + 1, end), "  ")];
}

/** The members of a type as it is written: names of interfaces and blocks of members, joined by `&`. */
export function membersOfType(source: string, type: string): Member[] {
  const block = /\{(.*)\}/s.exec(type)?.[1];
  const names = [...type.replace(/\{.*\}/s, "").matchAll(/\w+/g)].map(([name]) => name).filter((name) => name !== "unknown");
  const own = block === undefined ? [] : membersIn(block.split("\n"), "    ");
  return [...names.flatMap((name) => membersOf(source, `export interface ${name}`)), ...own];
}

function membersIn(lines: readonly string[], indent: string): Member[] {
  const found: Member[] = [];
  let [comment, open]: [string[], string[] | undefined] = [[], undefined];
  const close = (line: string) => {
    const [, name = "", mark = "", rest = ""] =
      /^\s*(?:readonly )?"?([\w.]+)"?(\??): ([\s\S]*?)[;,]?$/.exec([...(open ?? []), line].join("\n")) ?? [];
    if (name === "") throw new Error(`This is no member: ${line}`);
    found.push({ name, optional: mark === "?", text: spoken(comment), rest });
    [comment, open] = [[], undefined];
  };
  for (const line of lines) {
    const own = line.startsWith(indent) && line[indent.length] !== " ";
    if (line.trim() === "") continue;
    if (open) own ? close(line) : open.push(line);
    else if (/^\s*(\/?\*|\/\*\*)/.test(line)) comment.push(line);
    else if (/[{[(]$/.test(line)) open = [line];
    else close(line);
  }
  return found;
}

function spoken(comment: readonly string[]): string {
  const text = comment.map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*)/, "").replace(/\*\/$/, "")).join(" ");
  return text
    .replace(/\{@link ([\w.]+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}
