// The only file that knows the YAML library: text to a tree of values. The library's conversion to plain objects is not used: it
// loses places and copies what aliases name.

import { type Alias, Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, type Node, Parser } from "yaml";
import { messageOf } from "../../errors.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import type { Findings } from "./findings.ts";
import { lineOf, type Source, type Span, textOfLine } from "./source.ts";
import { describe, type Entry, isEmpty, type MapValue, type Value } from "./tree.ts";
import { quoted } from "./visible.ts";

/** So many letters of a text weigh as much as one value where aliases are counted. */
const LETTERS_PER_VALUE = 16;

/** A node under an anchor; `value` is missing until its end is reached, so an alias within is a loop. */
interface Anchor {
  value: Value | undefined;
  size: number;
}

/** A token yet to be measured. */
interface Nested {
  readonly token: CST.Token | null | undefined;
  readonly depth: number;
}

/** What is known while a document becomes a tree. */
interface Build {
  readonly findings: Findings;
  readonly anchors: Map<string, Anchor>;
  /** Values so far, those that aliases stand for counted each time. */
  size: number;
  /** The part of `size` that aliases brought. */
  aliased: number;
  broken: boolean;
}

/** The tree of a text with one YAML document, or undefined when it has none or is not YAML. */
export function readYaml(source: Source, findings: Findings): Value | undefined {
  try {
    const document = composeOne(source, findings);
    if (document === undefined) return undefined;
    const build: Build = { findings, anchors: new Map(), size: 0, aliased: 0, broken: false };
    const value = toValue(document.contents, build);
    return build.broken ? undefined : value;
  } catch (thrown) {
    // The bounds keep the library within its stack; should it fail all the same, that is a finding too.
    findings.error(undefined, `The file cannot be read as YAML: ${messageOf(thrown)}`);
    return undefined;
  }
}

/** The only document of a text. Stops early at what would cost the library much: many documents, errors, levels. */
function composeOne(source: Source, findings: Findings): Document | undefined {
  const composer = new Composer({
    schema: "core",
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
  });
  let document: Document | undefined;
  let documents = 0;
  let noise = 0;
  for (const token of new Parser().parse(source.text)) {
    if ((token.type === "error" || token.type === "directive") && ++noise > MANIFEST_BOUNDS.diagnostics) break;
    if (token.type === "document") {
      if (++documents > 1) {
        findings.error({ start: token.offset, end: token.offset + 3 }, "A second YAML document starts here, one was wanted");
        return undefined;
      }
      if (!withinBounds(token, findings)) return undefined;
    }
    for (const ready of composer.next(token)) document = ready;
  }
  for (const ready of composer.end(true, source.text.length)) document = ready;
  if (document === undefined || reportSyntax(document, source, findings)) return undefined;
  if (documents === 0 || (isScalar(document.contents) && document.contents.value === null)) {
    findings.error(undefined, "The file is empty, 'hosts' with at least one host was wanted");
    return undefined;
  }
  return document;
}

/** Measures depth and size without recursion, before the recursive composer sees the tokens. */
function withinBounds(document: CST.Document, findings: Findings): boolean {
  const waiting: Nested[] = [{ token: document.value, depth: 0 }];
  let tokens = (document.end?.length ?? 0) + document.start.length;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    const items = token && "items" in token ? token.items : [];
    tokens += 1 + (token && "end" in token ? (token.end?.length ?? 0) : 0);
    for (const item of items) tokens += item.start.length + (item.sep?.length ?? 0);
    const start = token?.offset ?? document.offset;
    const place = { start, end: start + 1 };
    if (tokens > MANIFEST_BOUNDS.tokens) {
      findings.error(place, `The file has more than ${MANIFEST_BOUNDS.tokens} parts, a manifest was wanted`);
      return false;
    }
    if (token && depth > MANIFEST_BOUNDS.depth) {
      findings.error(place, `Collections are nested more than ${MANIFEST_BOUNDS.depth} deep here`);
      return false;
    }
    for (const { key, value } of items) waiting.push({ token: key, depth: depth + 1 }, { token: value, depth: depth + 1 });
  }
  return true;
}

/** Notes the library's errors, one a line since the rest of a line follows from its first error; true if any. */
function reportSyntax(document: Document, source: Source, findings: Findings): boolean {
  const lines = new Set<number>();
  for (const { pos, message } of [...document.errors].sort((a, b) => a.pos[0] - b.pos[0])) {
    const line = lineOf(source, pos[0]);
    if (lines.has(line)) continue;
    lines.add(line);
    const indent = /^\s*/.exec(textOfLine(source, line))?.[0] ?? "";
    const tab = indent.indexOf("\t");
    const start = (source.lineStarts[line - 1] ?? 0) + tab;
    if (tab === -1) findings.error(spanOf(pos), plain(message));
    else findings.error({ start, end: start + 1 }, "A tab indents this line, spaces were wanted");
  }
  if (lines.size > 0) return true;
  for (const { pos, message } of document.warnings) findings.warn(spanOf(pos), plain(message));
  return false;
}

/** The library's sentence in the project's form: without what it repeats of the file, which may be a password; no full stop. */
function plain(message: string): string {
  return message
    .replace(/: .*|(?<=escape sequence|directive|YAML version|block scalar indicator) .*/s, "")
    .replace(/(?:, so|The) !.*/s, "A tag is not valid")
    .replace(/\.$/, "");
}

function spanOf(range: readonly number[] | null | undefined): Span {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function toValue(node: Node | null | undefined, build: Build): Value {
  if (!node) return { kind: "scalar", value: null, span: { start: 0, end: 0 } };
  if (isAlias(node)) return aliased(node, build);
  const before = build.size;
  build.size += 1 + (isScalar(node) && typeof node.value === "string" ? Math.floor(node.value.length / LETTERS_PER_VALUE) : 0);
  const name = "anchor" in node ? node.anchor : undefined;
  const anchor: Anchor = { value: undefined, size: 0 };
  if (name !== undefined) build.anchors.set(name, anchor);
  const span = spanOf(node.range);
  if (isMap(node)) anchor.value = { kind: "map", ...entriesOf(node.items, build), span };
  else if (isSeq(node))
    anchor.value = { kind: "list", items: node.items.map((item) => toValue(item as Node | null, build)), span };
  else anchor.value = { kind: "scalar", value: isScalar(node) ? scalarOf(node.value) : null, span };
  anchor.size = build.size - before;
  return anchor.value;
}

function scalarOf(value: unknown): string | number | boolean | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

function aliased(node: Alias, build: Build): Value {
  const span = spanOf(node.range);
  const anchor = build.anchors.get(node.source);
  const wrong = (message: string): Value => {
    if (!build.broken) build.findings.error(span, message);
    build.broken = true;
    return { kind: "scalar", value: null, span };
  };
  if (anchor === undefined) return wrong(`There is no anchor of this name above this alias`);
  if (anchor.value === undefined) return wrong(`This alias stands within its own anchor, which would never end`);
  build.aliased += anchor.size;
  build.size += anchor.size;
  if (build.aliased > MANIFEST_BOUNDS.aliasValues) {
    return wrong(`Aliases stand for more than ${MANIFEST_BOUNDS.aliasValues} values up to here`);
  }
  return anchor.value;
}

/** The entries of a mapping: its own first, then those that merge keys bring for keys it does not have. */
function entriesOf(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  build: Build,
): Pick<MapValue, "entries" | "others"> {
  const entries = new Map<string, Entry>();
  const others: Entry[] = [];
  const merges: Value[] = [];
  for (const pair of pairs) {
    const keyNode = pair.key as Node | null;
    const isMerge = isScalar(keyNode) && keyNode.type === "PLAIN" && keyNode.value === "<<";
    const key = isMerge ? "<<" : keyOf(keyNode, build);
    const value = toValue(pair.value as Node | null, build);
    const keySpan = spanOf(keyNode?.range);
    if (isMerge) {
      merges.push(value);
      for (const one of itemsOf(value)) if (one.kind !== "map") others.push({ key: "<<", keySpan, value: one });
    }
    if (isMerge || key === undefined) continue;
    const first = entries.get(key);
    if (first === undefined) entries.set(key, { key, keySpan, value });
    else {
      others.push({ key, keySpan, value });
      // Without a value it may be a password that stands where a key does.
      const what = isEmpty(value) ? "A key" : quoted(key);
      build.findings.error(keySpan, `${what} stands twice here, first on line ${build.findings.line(first.keySpan.start)}`);
    }
  }
  // A broken alias was noted already; what stands in its place would be noted again.
  if (!build.broken) for (const merged of merges) mergeInto(entries, merged, build.findings);
  return { entries: [...entries.values()], ...(others.length > 0 ? { others } : {}) };
}

/** The text of a key as written; a collection as a key is an error. */
function keyOf(node: Node | null, build: Build): string | undefined {
  const value = toValue(node, build);
  if (isScalar(node) && node.type === "PLAIN") return node.source ?? "";
  if (value.kind === "scalar") return String(value.value ?? "");
  build.findings.error(value.span, `A key is ${describe(value)}, a name was wanted`);
  return undefined;
}

function itemsOf(merged: Value): readonly Value[] {
  return merged.kind === "list" ? merged.items : [merged];
}

/** Section "Merge Key Language-Independent Type" of YAML 1.1: earlier mappings win, the mapping's own keys first. */
function mergeInto(entries: Map<string, Entry>, merged: Value, findings: Findings): void {
  for (const value of itemsOf(merged)) {
    if (value.kind !== "map") {
      findings.error(value.span, `'<<' is ${describe(value)}, a mapping or a list of mappings was wanted`);
      continue;
    }
    for (const entry of value.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  }
}
