// Hosts that are added to a manifest: their texts are read behind the manifest's own and stand among its hosts, so that all that
// is checked of a manifest is checked of them.

import type { AddedHost, Diagnostic } from "../types.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { decodeManifest } from "./decode.ts";
import type { Findings } from "./findings.ts";
import { diagnosticOfFile, type Source, type Span, sourceOf } from "./source.ts";
import type { Entry, Value } from "./tree.ts";
import { quoted } from "./visible.ts";
import { readYaml } from "./yaml_text.ts";

/** A manifest's text with those of added hosts behind it. */
export interface Joined {
  /** All texts as one: what findings are about. */
  readonly source: Source;
  /** The manifest's tree with the added hosts in it. A host that the manifest has stays as it is there. */
  withHosts(root: Value, findings: Findings): Value;
  /** Findings with the place in the text that they are about. */
  placed(diagnostics: readonly Diagnostic[]): Diagnostic[];
}

/** One added text. */
interface Part {
  readonly name: string;
  readonly source: Source;
  /** Where it begins in the whole: offset, and line from 1. */
  readonly start: number;
  readonly line: number;
}

/** The texts as one, or what is wrong with one of them before it is read. */
export function joined(base: Source, added: readonly AddedHost[]): Joined | { readonly diagnostic: Diagnostic } {
  const parts: Part[] = [];
  const texts = [base.text];
  let [start, line] = [base.text.length + 1, base.lineStarts.length + 1];
  for (const { name, text } of added) {
    const decoded = decodeManifest(text, `host ${quoted(name)}`);
    if ("diagnostic" in decoded) return decoded;
    parts.push({ name, source: decoded.source, start, line });
    texts.push(decoded.source.text);
    start += decoded.source.text.length + 1;
    line += decoded.source.lineStarts.length;
  }
  if (added.length > 0 && start > MANIFEST_BOUNDS.bytes) {
    const message = `The manifest and the hosts that were added have ${start} characters, at most ${MANIFEST_BOUNDS.bytes} were wanted`;
    return { diagnostic: diagnosticOfFile(base.file, { severity: "error", message }) };
  }
  return {
    source: added.length === 0 ? base : sourceOf(base.file, texts.join("\n")),
    withHosts: (root, findings) => withHosts(root, parts, findings),
    placed: (diagnostics) => diagnostics.map((one) => placed(one, parts)),
  };
}

/** The names of the added hosts that the manifest itself does not have. */
export function takenNames(root: Value, added: readonly AddedHost[]): string[] {
  const own = new Set(hostsOf(root)?.map(({ key }) => key));
  return added.map(({ name }) => name).filter((name) => !own.has(name));
}

function hostsOf(root: Value): readonly Entry[] | undefined {
  const hosts = root.kind === "map" ? root.entries.find(({ key }) => key === "hosts")?.value : undefined;
  return hosts?.kind === "map" ? hosts.entries : undefined;
}

function withHosts(root: Value, parts: readonly Part[], findings: Findings): Value {
  const own = hostsOf(root);
  if (root.kind !== "map" || !own) return root;
  const added = parts.flatMap((part): Entry[] => {
    if (own.some(({ key }) => key === part.name)) return [];
    const value = readYaml(part.source, behind(findings, part.start));
    return value
      ? [{ key: part.name, keySpan: { start: part.start, end: part.start }, value: moved(value, part.start, new Map()) }]
      : [];
  });
  if (added.length === 0) return root;
  const entries = root.entries.map((entry) =>
    entry.key === "hosts" && entry.value.kind === "map"
      ? { ...entry, value: { ...entry.value, entries: [...own, ...added] } }
      : entry,
  );
  return { ...root, entries };
}

/** Findings of a text that begins at an offset of the whole. */
function behind(findings: Findings, by: number): Findings {
  return {
    ...findings,
    error: (span = { start: 0, end: 0 }, ...rest) => findings.error(shifted(span, by), ...rest),
    warn: (span, ...rest) => findings.warn(shifted(span, by), ...rest),
    line: (offset) => findings.line(offset + by),
  };
}

function shifted({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

/** The tree with other places; what aliases share stays shared. */
function moved(value: Value, by: number, done: Map<Value, Value>): Value {
  const before = done.get(value);
  if (before) return before;
  const span = shifted(value.span, by);
  const entry = (one: Entry): Entry => ({ ...one, keySpan: shifted(one.keySpan, by), value: moved(one.value, by, done) });
  const made: Value =
    value.kind === "list"
      ? { ...value, items: value.items.map((item) => moved(item, by, done)), span }
      : value.kind === "map"
        ? { ...value, entries: value.entries.map(entry), ...(value.others && { others: value.others.map(entry) }), span }
        : { ...value, span };
  done.set(value, made);
  return made;
}

function placed(diagnostic: Diagnostic, parts: readonly Part[]): Diagnostic {
  const part = parts.findLast(({ line }) => line <= diagnostic.line);
  return part ? { ...diagnostic, file: part.source.file, line: diagnostic.line - part.line + 1 } : diagnostic;
}
