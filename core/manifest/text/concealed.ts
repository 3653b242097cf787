// The text of a manifest as it may be shown: every letter of a secret is a '*', so that places stay as they are. Secrets are all
// values under a key such as `auth` or `password`, and what stands between a name and `@`.

import { isSecretKey, maskedLine, SECRET_WORD, secretOf } from "./secrets.ts";
import type { Span } from "./source.ts";
import { type Entry, isEmpty, type MapValue, type Value } from "./tree.ts";

/** Such a key, or one like it, in text that could not be read; its value begins behind it. After `? key` the colon is on a line of its own. */
const KEY_IN_TEXT = new RegExp(
  `["']?(?:[\\w.-]{0,40}(?:${SECRET_WORD})[\\w.-]{0,40}|\\b(?:pass|a[htu]{2,3}))["']?[ \\t]*(?:#[^\\n]{0,200})?(?:\\r?\\n[ \\t]*){0,3}:`,
  "gi",
);

/** Where secrets stand. Without a tree, from what the lines look like: rather too much than too little. */
export function secretSpans(text: string, tree: Value | undefined): Span[] {
  if (tree === undefined) return secretsInText(text);
  const spans: Span[] = [];
  const add = (span: Span) => void spans.push(span);
  const entry = ({ key, keySpan, value }: Entry, isName: boolean): void => {
    userinfo(key, keySpan);
    if (!isName && isSecretKey(key)) hideEntry(keySpan, value);
    else walk(value, key);
  };
  const userinfo = (value: string, span: Span): void => {
    const [start, end] = secretOf(value) ?? [0, 0];
    if (start === end) return;
    const at = text.slice(span.start, span.end).indexOf(value);
    // Escaped letters are not where the value has them.
    add(at === -1 ? span : { start: span.start + at + start, end: span.start + at + end });
  };
  const walk = (value: Value, key: string): void => {
    if (value.kind === "list") for (const item of value.items) walk(item, key);
    else if (value.kind === "map") for (const one of entriesOf(value)) entry(one, key === "hosts");
    else if (typeof value.value === "string" && key !== "cmd") userinfo(value.value, value.span);
  };
  const hide = (value: Value): void => {
    if (value.kind !== "map") add(value.span);
    if (value.kind === "list") for (const item of value.items) hide(item);
    if (value.kind !== "map") return;
    for (const one of entriesOf(value)) {
      // A key without a value may be the secret itself.
      if (isEmpty(one.value)) add(one.keySpan);
      hideEntry(one.keySpan, one.value);
    }
  };
  /** The value, and an anchor or a tag before it, as a password that is not in quotes may look. */
  const hideEntry = (keySpan: Span, value: Value): void => {
    const start = text.indexOf(":", keySpan.end) + 1;
    const lineEnd = text.indexOf("\n", start);
    const { span } = value;
    if (isEmpty(value)) add({ start, end: lineEnd === -1 ? text.length : lineEnd });
    else if (span.start > start) add({ start, end: span.start });
    hide(value);
  };
  walk(tree, "");
  return spans;
}

/** Blocks under keys of secrets, and in each line what stands between a colon and the last `@`. */
function secretsInText(text: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(KEY_IN_TEXT)) {
    if (match.index < end) continue;
    const block = blockAfter(text, match);
    spans.push(block);
    end = block.end;
  }
  let lineStart = 0;
  for (const line of text.split("\n")) {
    const start = line.search(/:\S/) + 1;
    const at = line.lastIndexOf("@");
    if (start > 0 && start < at) spans.push({ start: lineStart + start, end: lineStart + at });
    lineStart += line.length + 1;
  }
  return spans;
}

function entriesOf({ entries, others = [] }: MapValue): readonly Entry[] {
  return [...entries, ...others];
}

/** The text with every letter of these places masked, and of what looks like a password in a line. */
export function concealed(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    pieces.push(text.slice(at, from), text.slice(from, end).replace(/[^\s]/g, "*"));
    at = end;
  }
  return [...pieces, text.slice(at)].join("").split("\n").map(maskedLine).join("\n");
}

/** What belongs to a key in text: to the bracket that closes its value, or to the next line that is indented as little. */
function blockAfter(text: string, { 0: key, index }: RegExpExecArray): Span {
  const start = index + key.length;
  const opening = /^\s*(?:&\S+\s+)?[{[]/.exec(text.slice(start, start + 200));
  let depth = 0;
  if (opening)
    for (let at = start; at < text.length; at++) {
      const sign = text.charAt(at);
      if (sign === "{" || sign === "[") depth += 1;
      else if ((sign === "}" || sign === "]") && --depth === 0) return { start, end: at };
    }
  const before = text.slice(text.lastIndexOf("\n", index - 1) + 1, index);
  const column = /^[\s-]*$/.test(before) ? before.length : before.search(/\S/);
  const rest = /\n(?! *(?:\r?\n|$))(?! *-(?= ))(?= *\S)/g;
  rest.lastIndex = start;
  for (let next = rest.exec(text); next; next = rest.exec(text)) {
    const indent = /[^ ]/.exec(text.slice(next.index + 1, next.index + 2 + column))?.index;
    if (indent !== undefined && indent <= column) return { start, end: next.index };
  }
  return { start, end: text.length };
}
