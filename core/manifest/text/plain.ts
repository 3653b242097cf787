// Trees to plain data and back. A tree that is made of plain data has paths for places.

import type { ManifestLocation } from "../../plugin/key.ts";
import type { Span } from "./source.ts";
import type { Entry, Value } from "./tree.ts";

/** The way to a place within plain data. */
export type Path = NonNullable<ManifestLocation["path"]>;

/** A value without places. */
export function plainData(value: Value): unknown {
  if (value.kind === "list") return value.items.map(plainData);
  if (value.kind === "map") return Object.fromEntries(value.entries.map((entry) => [entry.key, plainData(entry.value)]));
  return value.value;
}

/** Where something stands in a tree of plain data. */
export interface DataLocation {
  readonly path: Path;
  readonly atKey: boolean;
}

/** A tree of plain data; a span's start is the number of its location. */
export interface PlainTree {
  readonly value: Value;
  /** Where the key of the whole stands. */
  readonly keySpan: Span;
  readonly locations: readonly DataLocation[];
}

/** The tree of plain data; what is no plain data counts as empty. */
export function treeOf(data: unknown): PlainTree {
  const locations: DataLocation[] = [];
  const spanOf = (path: Path, atKey: boolean): Span => {
    const at = locations.push({ path, atKey }) - 1;
    return { start: at, end: at };
  };
  const build = (one: unknown, path: Path): Value => {
    const span = spanOf(path, false);
    if (Array.isArray(one)) return { kind: "list", items: one.map((item, index) => build(item, [...path, index])), span };
    if (typeof one === "object" && one !== null) {
      const entries = Object.entries(one).map(([key, inner]): Entry => {
        const inside = [...path, key];
        return { key, keySpan: spanOf(inside, true), value: build(inner, inside) };
      });
      return { kind: "map", entries, span };
    }
    const isScalar = typeof one === "string" || typeof one === "number" || typeof one === "boolean";
    return { kind: "scalar", value: isScalar ? one : null, span };
  };
  return { value: build(data, []), keySpan: spanOf([], true), locations };
}

/** Whether two values are the same plain data. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const at = (one: object, key: string) => (one as { readonly [key: string]: unknown })[key];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && sameData(at(a, key), at(b, key)));
}

/** A mapping with a host's own fields and, for those it does not have or leaves without a value, the template's. */
export function mergedValue(own: Value, shared: Value): Value {
  if (own.kind !== "map" || shared.kind !== "map") return own;
  const isSet = (key: string) => own.entries.some((entry) => entry.key === key && !isNothing(entry.value));
  const inherited = shared.entries.filter(({ key }) => !isSet(key));
  const kept = own.entries.filter(({ key }) => !inherited.some((entry) => entry.key === key));
  return { ...own, entries: [...kept, ...inherited] };
}

function isNothing(value: Value): boolean {
  return value.kind === "scalar" && value.value === null;
}
