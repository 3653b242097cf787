// What each type of field of a plugin's key takes, and what is said of what it does not take.

import { LAST_PORT } from "../../place.ts";
import type { Notes } from "../text/findings.ts";
import { didYouMean } from "../text/near.ts";
import { describe, type Entry, isEmpty, type Value } from "../text/tree.ts";
import { quoted } from "../text/visible.ts";
import { flag, type JsonSchema, type Kind, type Label, oneOf, text, wholeNumber } from "./kinds.ts";
import { type Field, fieldSchema, record, shortFormHint } from "./records.ts";
import type { ListField, SettingsField, SettingsFields, SettingsTable, WordField } from "./setting_types.ts";

/** The kind of a field's value. */
export function fieldKind(field: SettingsField): Kind<unknown> {
  switch (field.type) {
    case "text": {
      const { pattern, minLength, parse = (value) => ({ value }) } = field;
      return text(parse, { ...(pattern ? { pattern: pattern.source } : {}), ...(minLength === undefined ? {} : { minLength }) });
    }
    case "flag":
      return flag();
    case "choice":
      return oneOf(field.choices);
    case "whole number":
      return wholeNumber(field.least, field.most);
    case "mapping":
      return mappingKind({ fields: field.fields, unknown: "warn" });
    case "port":
      return { schema: { type: "integer", minimum: 1, maximum: LAST_PORT }, read: readPort };
    case "list of strings":
      return listKind(field);
    default:
      return wordKind(field);
  }
}

/** The kind of a mapping of fields. */
export function mappingKind(table: SettingsTable): Kind<unknown> {
  return table.unknown === "warn" ? openMapping(table.fields) : closedMapping(table);
}

/** A mapping with fields as the manifest's own mappings have them: what is not known is warned about. */
function openMapping(fields: SettingsFields): Kind<unknown> {
  const secret = Object.values(fields).some((field) => field.secret);
  const kind = record(kindsOf(fields), { secret });
  return {
    schema: kind.schema,
    read: (value, label, notes) => {
      const found = kind.read(value, label, notes);
      if (!found) return undefined;
      const { value: read } = found as { readonly value: { readonly [name: string]: { readonly value: unknown } | undefined } };
      const given = Object.keys(fields).flatMap((name) => (read[name] ? [[name, read[name].value] as const] : []));
      return { value: withFallbacks(fields, new Map(given)), span: value.span };
    },
  };
}

/** A mapping that takes no other fields. */
function closedMapping({ fields, shorthand, oneOf: choices = [] }: SettingsTable): Kind<unknown> {
  const kinds = kindsOf(fields);
  return {
    schema: closedSchema(kinds, shorthand, choices),
    read: (value, label, notes) => {
      const short = shorthand === undefined ? undefined : kinds[shorthand];
      if (shorthand !== undefined && short && value.kind === "scalar" && typeof value.value === "string") {
        const found = short.kind.read(value, label, notes);
        return found && { value: withFallbacks(fields, new Map([[shorthand, found.value]])), span: value.span };
      }
      if (value.kind !== "map") {
        const wanted = shorthand === undefined ? "a mapping" : "a string or a mapping";
        notes.error(value.span, `${label.text} ${mismatch(value, wanted)}`, shortFormHint(value, kinds));
        return undefined;
      }
      const entries = value.entries.filter((entry) => !(Object.hasOwn(kinds, entry.key) && isNothing(entry, kinds)));
      const given = new Map(entries.flatMap((entry) => readEntry(entry, kinds, label, notes)));
      checkThere(entries, { fields, choices }, { label, span: value.span }, notes);
      return { value: withFallbacks(fields, given), span: value.span };
    },
  };
}

type Kinds = { readonly [name: string]: Field<unknown> };

function isNothing({ key, value }: Entry, kinds: Kinds): boolean {
  return isEmpty(value) && !kinds[key]?.needsValue;
}

function readEntry({ key, keySpan, value }: Entry, kinds: Kinds, label: Label, notes: Notes): [string, unknown][] {
  const text = `'${label.prefix}${key}'`;
  const field = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
  if (!field) {
    const known = Object.keys(kinds);
    notes.error(keySpan, `${text} is not known`, () => didYouMean(key, known) ?? `Known are ${known.join(", ")}`);
    return [];
  }
  if (isEmpty(value)) {
    notes.error(keySpan, `${text} has no value`);
    return [];
  }
  const found = field.kind.read(value, { text, prefix: `${label.prefix}${key}.`, span: keySpan }, notes);
  return found ? [[key, found.value]] : [];
}

/** Notes what has to be there and is not, and what excludes each other. */
function checkThere(
  entries: readonly Entry[],
  { fields, choices }: { readonly fields: SettingsFields; readonly choices: readonly string[] },
  { label, span }: { readonly label: Label; readonly span: Value["span"] },
  notes: Notes,
): void {
  const there = new Set(entries.map(({ key }) => key));
  for (const [name, { required }] of Object.entries(fields))
    if (required && !there.has(name)) notes.error(label.span, `'${label.prefix}${name}' is missing`);
  const [first, second] = choices.filter((name) => there.has(name));
  const all = choices.map((name) => `'${name}'`).join(", ");
  if (choices.length > 0 && first === undefined) notes.error(span, `${label.text} has none of ${all}, one was wanted`);
  const extra = entries.find(({ key }) => key === second);
  if (extra) notes.error(extra.value.span, `'${label.prefix}${second}' stands beside '${first}', one of ${all} was wanted`);
}

function withFallbacks(fields: SettingsFields, given: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const value = given.has(name) ? given.get(name) : "fallback" in field ? field.fallback : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

function kindsOf(fields: SettingsFields): Kinds {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const { type: _, ...rest } = field;
      return [name, { ...rest, kind: fieldKind(field) }];
    }),
  );
}

function closedSchema(kinds: Kinds, shorthand: string | undefined, choices: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(Object.entries(kinds).map(([name, field]) => [name, fieldSchema(field)]));
  const required = Object.keys(kinds).filter((name) => kinds[name]?.required);
  const oneOfThem = choices.map((name) => ({ required: [name], properties: { [name]: { not: { type: "null" } } } }));
  const mapping = {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    ...(choices.length > 0 ? { oneOf: oneOfThem } : {}),
  };
  return shorthand === undefined ? mapping : { anyOf: [{ type: "string", minLength: 1 }, mapping] };
}

function readPort(value: Value, label: Label, notes: Notes) {
  const port = value.kind === "scalar" ? value.value : undefined;
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= LAST_PORT)
    return { value: port, span: value.span };
  const quotes = typeof port === "string" ? "; leave out the quotes" : "";
  notes.error(value.span, `${label.text} ${mismatch(value, `a port from 1 to ${LAST_PORT}`)}${quotes}`);
  return undefined;
}

function wordKind(field: WordField | ListField): Kind<unknown> {
  const word = { type: "string", minLength: 1, ...(field.pattern ? { pattern: `^(?:${field.pattern.source})$` } : {}) };
  const takesNumbers = field.type === "name or number";
  return {
    schema: takesNumbers ? { ...word, type: ["string", "integer"], minimum: 0 } : word,
    read: (value, label, notes) => {
      const given = value.kind === "scalar" ? value.value : undefined;
      const text = takesNumbers && Number.isSafeInteger(given) && Number(given) >= 0 ? String(given) : given;
      const wrong = typeof text === "string" ? wrongWord(text, field) : mismatch(value, "a string");
      if (wrong === undefined) return { value: text, span: value.span };
      notes.error(value.span, `${label.text} ${wrong}`);
      return undefined;
    },
  };
}

function listKind(field: ListField): Kind<unknown> {
  const word = wordKind(field);
  return {
    schema: { type: "array", items: word.schema },
    read: (value, label, notes) => {
      if (value.kind !== "list") {
        notes.error(value.span, `${label.text} ${mismatch(value, "a list of strings")}`);
        return undefined;
      }
      const items = value.items.map((item, index) =>
        word.read(item, { text: `Item ${index + 1} of ${label.text}`, prefix: "", span: item.span }, notes),
      );
      return { value: items.flatMap((item) => (item ? [item.value] : [])), span: value.span };
    },
  };
}

/** What is wrong with a word of a command; undefined when nothing is. */
function wrongWord(value: string, { pattern, wanted, dash }: WordField | ListField): string | undefined {
  if (value.trim() === "") return "is empty";
  if (value.includes("\0")) return "holds a NUL character";
  if (value.startsWith("-") && !dash) return `is ${quoted(value)}, which begins with '-' and would be taken for an option`;
  if (pattern && value.match(new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""))) === null)
    return `is ${quoted(value)}, ${wanted === undefined ? `which does not match ${String(pattern)}` : `${wanted} was wanted`}`;
  return undefined;
}

function mismatch(value: Value, wanted: string): string {
  const given = value.kind === "scalar" ? value.value : null;
  // What is meant is not what YAML read: 123e456 is Infinity, and 0x12 is 18.
  if (wanted.startsWith("a string") && (typeof given === "number" || typeof given === "boolean"))
    return `is ${describe(value)} as it stands, ${wanted} was wanted; put it in quotes`;
  const shown = typeof given === "number" || typeof given === "string" ? ` (${cut(String(given))})` : "";
  return `is ${describe(value)}${shown}, ${wanted} was wanted`;
}

function cut(text: string): string {
  return quoted(text).slice(1, -1);
}
