// A manifest's text as a tree, read once: first its plugins are looked for in it, then all of it is checked. Must not know a key.

import type { Diagnostic } from "../types.ts";
import { decodeManifest } from "./decode.ts";
import { createFindings, type Findings, type Notes } from "./findings.ts";
import type { Source } from "./source.ts";
import type { Value } from "./tree.ts";
import { readYaml } from "./yaml_text.ts";

/** A text that was read as YAML. */
export interface Document {
  readonly source: Source;
  /** Undefined when it is no YAML. */
  readonly root: Value | undefined;
  /** Notes what is wrong with it as YAML. */
  tell(notes: Notes): void;
}

/** The tree of a text, or why there is no text. */
export function readDocument(text: string | Uint8Array, file: string): Document | { readonly diagnostic: Diagnostic } {
  const decoded = decodeManifest(text, file);
  if ("diagnostic" in decoded) return decoded;
  const { source } = decoded;
  const told: ((notes: Notes) => void)[] = [];
  const kept: Findings = {
    ...createFindings(source),
    error: (...finding) => void told.push(({ error }) => error(...finding)),
    warn: (...finding) => void told.push(({ warn }) => warn(...finding)),
  };
  const root = readYaml(source, kept);
  return {
    source,
    root,
    tell(notes) {
      for (const tell of told) tell(notes);
    },
  };
}
