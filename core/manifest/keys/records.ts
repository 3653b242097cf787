// The combinators for mappings: known keys, and names of the user's choice.

import type { LeftOutKey, LeftOutKeys } from "../../plugin/key.ts";
import type { Notes } from "../text/findings.ts";
import { didYouMean, nearest } from "../text/near.ts";
import { type Entry, isEmpty, type Value } from "../text/tree.ts";
import { quoted } from "../text/visible.ts";
import { type Found, type JsonSchema, type Kind, type Label, mismatch, parsedUnseen } from "./kinds.ts";
import type { Parsed } from "./parsed.ts";

/** One key of a mapping. */
export interface Field<T> {
  readonly kind: Kind<T>;
  /** One or two sentences for editors and docs. */
  readonly description: string;
  /** What holds when the key is absent. */
  readonly fallback?: T;
  /** The key must be there. */
  readonly required?: boolean;
  /** To be there without a value is not as good as to be absent. */
  readonly needsValue?: boolean;
  readonly examples?: readonly unknown[];
}

/** The keys of a mapping. */
export type Fields = { readonly [key: string]: Field<unknown> };

/** What a mapping with these keys reads to; a key that is absent or wrong is missing. */
export type ReadOf<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Field<infer T> ? Found<T> : never };

/** How a mapping treats keys that are not in its table. */
export interface RecordOptions {
  /** Keys that are an error here, with what to do instead. */
  readonly forbidden?: { readonly [key: string]: string };
  /** Keys that begin with `x-` are the user's own: a place for anchors. */
  readonly ownKeys?: boolean;
  /** Where none of these keys is there, one that may be one of them misspelt is an error. */
  readonly ways?: readonly string[];
  /** Keys of plugins that are left out. */
  readonly leftOut?: LeftOutKeys | undefined;
  /** What stands in it is a secret: a key that is not known is named only where it has a value of its own. */
  readonly secret?: boolean;
  /** What has to be there in one of several forms. */
  readonly needs?: readonly Need[];
}

/** Keys of which one has to be there; the first is the one that is asked for. */
export interface Need {
  readonly keys: readonly string[];
  readonly hint: string;
}

/** A mapping with known keys. Unknown ones are warned about; an empty one is as good as absent. */
export function record<F extends Fields>(fields: F, options: RecordOptions = {}): Kind<ReadOf<F>> {
  return {
    schema: recordSchema(fields, options),
    read: (value, label, findings) => {
      if (value.kind !== "map" && !isEmpty(value))
        return mismatch(value, label, "a mapping", findings, shortFormHint(value, fields));
      const entries = value.kind === "map" ? value.entries : [];
      const ways = options.ways ?? [];
      const wayless = ways.length > 0 && !entries.some((entry) => ways.includes(entry.key) && !isNothing(entry.value));
      const result = new Map<string, Found<unknown>>();
      const missing = new Set(Object.keys(fields).filter((key) => fields[key]?.required));
      for (const entry of entries) {
        if (!isEmpty(entry.value)) missing.delete(entry.key);
        const found = readEntry(entry, { fields, options, label, wayless }, findings);
        if (found !== undefined) result.set(entry.key, found);
      }
      for (const { keys, hint } of options.needs ?? []) {
        const there = entries.some(({ key, value: one }) => keys.includes(key) && (!isEmpty(one) || fields[key]?.needsValue));
        if (!there) findings.error(label.span, `${label.text} has no '${label.prefix}${keys[0]}'`, hint);
      }
      for (const key of missing) {
        const example = fields[key]?.examples?.[0];
        const hint = typeof example === "string" ? `Add '${key}: ${example}', for example` : undefined;
        findings.error(label.span, `${label.text} has no '${label.prefix}${key}'`, hint);
      }
      return { value: Object.fromEntries(result) as ReadOf<F>, span: value.span };
    },
  };
}

/** One value where the mapping that holds it was wanted. */
export function shortFormHint(value: Value, fields: Fields): string | undefined {
  const [first] = Object.keys(fields);
  if (value.kind !== "scalar" || !("disable" in fields || "listen" in fields)) return undefined;
  if (value.value === false && "disable" in fields) return "Write '{ disable: true }'";
  if (value.value === true && "disable" in fields) return "Leave it out: it is on unless 'disable' is true";
  if (typeof value.value === "string") return `Write '{ ${first}: ... }', with this as its value, if it is the '${first}'`;
  const { examples: [example] = [], fallback } = fields.listen ?? {};
  const listen = example ?? fallback;
  return typeof listen === "string" ? `Write '{ listen: "${listen}" }', for example` : undefined;
}

/** As good as absent, for a way: an empty command means this machine. */
function isNothing(value: Value): boolean {
  return isEmpty(value) || (value.kind === "scalar" && value.value === "") || (value.kind === "list" && value.items.length === 0);
}

/** The mapping that an entry is read of. */
interface Within {
  readonly fields: Fields;
  readonly options: RecordOptions;
  readonly label: Label;
  /** None of the ways is there. */
  readonly wayless: boolean;
}

const WAYLESS_HINT = "The host has no way to it and is this machine; is a transport missing in 'plugins'?";

function readEntry(entry: Entry, { fields, options, label, wayless }: Within, findings: Notes): Found<unknown> | undefined {
  const { key, keySpan, value } = entry;
  const path = `${label.prefix}${key}`;
  const forbidden = options.forbidden && Object.hasOwn(options.forbidden, key) ? options.forbidden[key] : undefined;
  if (forbidden !== undefined) {
    findings.error(keySpan, `${label.text} may not have '${key}'`, forbidden);
    return undefined;
  }
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (field === undefined) {
    if (options.ownKeys && key.startsWith("x-")) return undefined;
    const left = options.leftOut && Object.hasOwn(options.leftOut, key) ? options.leftOut[key] : undefined;
    const why = left && becauseLeftOut(left);
    const near = () => why ?? didYouMean(key, Object.keys(fields));
    const unknown = options.secret && isEmpty(value) ? "Unknown key without a value" : `Unknown key ${quoted(key)}`;
    if (wayless && (left ? left.way : nearest(key, options.ways ?? []) !== undefined))
      findings.error(keySpan, `${unknown}; without a way to it, the host would be this machine`, near);
    else findings.warn(keySpan, unknown, () => near() ?? (wayless ? WAYLESS_HINT : undefined));
    return undefined;
  }
  if (isEmpty(value)) {
    if (field.needsValue) findings.error(keySpan, `${quoted(path)} has no value`);
    return undefined;
  }
  return field.kind.read(value, { text: `'${path}'`, prefix: `${path}.`, span: keySpan }, findings);
}

/** Why something is not known, as a hint. */
export function becauseLeftOut({ plugin }: LeftOutKey): string {
  return `It belongs to the plugin '${plugin}', which 'plugins' leaves out`;
}

function recordSchema(fields: Fields, { forbidden = {} }: RecordOptions): JsonSchema {
  const properties = Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)] as const);
  const refused = Object.entries(forbidden).map(([key, advice]) => [key, { not: {}, description: advice }] as const);
  const required = Object.keys(fields).filter((key) => fields[key]?.required);
  return {
    type: "object",
    properties: Object.fromEntries([...properties, ...refused]),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The schema of a key's value; what may be absent may also be written without a value. */
export function fieldSchema({ kind, description, fallback, examples, required, needsValue }: Field<unknown>): JsonSchema {
  const schema = required || needsValue ? kind.schema : orNull(kind.schema);
  return {
    ...schema,
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema;
  const choices = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  if (type !== undefined) return { ...schema, type: [type, "null"].flat(), ...choices };
  return Array.isArray(anyOf) ? { ...schema, anyOf: [...anyOf, { type: "null" }] } : schema;
}

/** One entry of a mapping whose keys are names. */
export interface Named<T> {
  readonly name: Found<string>;
  /** Undefined when it was not of the wanted kind. */
  readonly item: T | undefined;
}

/**
 * A mapping from names to values of one kind, at least one and at most `most`.
 * @param what The word for one of them, lower case.
 */
export function named<T>(
  what: string,
  name: (text: string) => Parsed<string>,
  item: Kind<T>,
  most: number,
): Kind<readonly Named<T>[]> {
  return {
    schema: { type: "object", additionalProperties: item.schema, minProperties: 1, maxProperties: most },
    read: (value, label, findings) => {
      if (value.kind !== "map") {
        const hint = isEmpty(value) ? undefined : "Write each name as a key, such as 'web:', and what belongs to it below";
        return mismatch(value, label, "a mapping", findings, hint);
      }
      const { entries, span } = value;
      if (entries.length === 0) findings.error(span, `${label.text} is empty, at least one ${what} was wanted`);
      if (entries.length > most) {
        findings.error(label.span, `${label.text} has ${entries.length} entries, at most ${most} were wanted`);
        return undefined;
      }
      const called = what.charAt(0).toUpperCase() + what.slice(1);
      const items = entries.map(({ key, keySpan, value: one }) => {
        const parsed = parsedUnseen(name, key);
        if ("wrong" in parsed) findings.error(keySpan, parsed.wrong, parsed.hint);
        const found = item.read(one, { text: `${called} ${quoted(key)}`, prefix: "", span: keySpan }, findings);
        return { name: { value: key, span: keySpan }, item: found?.value };
      });
      return { value: items, span };
    },
  };
}
