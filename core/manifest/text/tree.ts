// What a YAML text holds, with places and without YAML: no aliases, no merge keys, no tags. Types and small helpers only.

import type { Span } from "./source.ts";

/** One value of the text. A value that aliases name is shared, never copied. */
export type Value = ScalarValue | ListValue | MapValue;

/** A string, number, boolean or nothing. */
export interface ScalarValue {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

/** A YAML sequence. */
export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  readonly span: Span;
}

/** A YAML mapping; each key stands once. */
export interface MapValue {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  /** What it holds beside: under a key that was there already, or to be merged though it is no mapping. */
  readonly others?: readonly Entry[];
  readonly span: Span;
}

/** A key and its value. */
export interface Entry {
  /** As written: `1` and `true` are the texts "1" and "true". */
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Value;
}

/** The kind of a value, for a message. */
export function describe(value: Value): string {
  if (value.kind === "list") return "a list";
  if (value.kind === "map") return "a mapping";
  if (value.value === null) return "empty";
  return `a ${typeof value.value}`;
}

/** True for a key that is written without a value, or with `null`. */
export function isEmpty(value: Value): boolean {
  return value.kind === "scalar" && value.value === null;
}
