// The kind of a plugin's key: hands the value as plain data to the key's schema and points at what it finds wrong.

import { messageOf } from "../../errors.ts";
import type { PluginKey, SettingsIssue, SettingsResult, SettingsSchema } from "../../plugin/key.ts";
import { firstCharacters, LONGEST_FOREIGN_MESSAGE } from "../../text.ts";
import { MANIFEST_BOUNDS } from "../text/bounds.ts";
import type { Notes } from "../text/findings.ts";
import { didYouMean } from "../text/near.ts";
import { mergedValue, plainData, sameData } from "../text/plain.ts";
import type { Span } from "../text/source.ts";
import type { Entry, Value } from "../text/tree.ts";
import { quoted } from "../text/visible.ts";
import type { JsonSchema, Kind, Label } from "./kinds.ts";

/** What stands at a plugin's key. */
export interface Keyed {
  /** What the schema made of it; undefined when it found something wrong. */
  readonly value: unknown;
  /** Plain data that reads to the same. */
  readonly written: unknown;
}

/** A value that is not checked yet. */
export interface Unchecked {
  readonly value: Value;
  readonly label: Label;
}

/** A value that a key's schema checks; its place is that of the key. */
export function keyKind(key: PluginKey): Kind<Keyed> {
  return {
    schema: embedded(key),
    // It is there also when it is wrong: the host has this way.
    read: (value, label, notes) => ({ value: checkedValue(key, { value, label }, notes), span: label.span }),
  };
}

/** A value that is checked later, when the template is known. */
export function laterKind(key: PluginKey, within: "host" | "template"): Kind<Unchecked> {
  return {
    schema: within === "host" ? embedded(key) : partly(embedded(key)),
    read: (value, label) => ({ value: { value, label }, span: label.span }),
  };
}

/** Checks a value and notes what is wrong with it. */
export function checkedValue({ name, schema }: PluginKey, { value, label }: Unchecked, notes: Notes): Keyed {
  const answer = answerOf(name, schema, plainData(value));
  if (typeof answer === "string") {
    notes.error(label.span, `Schema of ${label.text} ${answer}`, undefined, "plugin-invalid");
    return { value: undefined, written: undefined };
  }
  report(value, label, answer.warnings, notes.warn);
  if (answer.issues) {
    if (answer.issues.length === 0) notes.error(value.span, `${label.text} is not valid`);
    report(value, label, answer.issues, notes.error);
    return { value: undefined, written: undefined };
  }
  return { value: answer.value, written: plainData(value) };
}

/** Checks the values of one key for many hosts: the same text is checked once. */
export function keyReader(key: PluginKey, notes: Notes) {
  const known = new Map<Value | undefined, Map<Value | undefined, Keyed>>();
  const check = (own: Unchecked | undefined, shared: Unchecked | undefined): Keyed | undefined => {
    const given = own ?? shared;
    if (given) {
      const value = own && shared ? mergedValue(own.value, shared.value) : given.value;
      const keyed = checkedValue(key, { ...given, value }, notes);
      return { ...keyed, written: writtenOf(key, keyed) };
    }
    if (key.fallback === undefined) return undefined;
    const answer = answerOf(key.name, key.schema, structuredClone(key.fallback));
    if (typeof answer !== "string" && !answer.issues) {
      const keyed = { value: answer.value, written: key.fallback };
      return { ...keyed, written: writtenOf(key, keyed) };
    }
    const why = typeof answer === "string" ? answer : "refuses its own fallback";
    notes.error(undefined, `Schema of '${key.name}' ${why}`, undefined, "plugin-invalid");
    return undefined;
  };
  return (own: Unchecked | undefined, shared: Unchecked | undefined): Keyed | undefined => {
    const ofOwn = known.get(own?.value) ?? new Map<Value | undefined, Keyed>();
    known.set(own?.value, ofOwn);
    const found = ofOwn.get(shared?.value) ?? check(own, shared);
    if (found) ofOwn.set(shared?.value, found);
    return found;
  };
}

/** Checks a value of the template that hosts may have hidden; one that may be a part of what is wanted waits for its hosts. */
export function checkShared(key: PluginKey, shared: Unchecked, notes: Notes): void {
  const schema = embedded(key);
  if (shared.value.kind !== "map" || partly(schema) === schema) checkedValue(key, shared, notes);
}

/** With every default where what the schema gave reads to itself; else as it was written. */
function writtenOf({ name, schema }: PluginKey, { value, written }: Keyed): unknown {
  if (value === undefined || sameData(value, written)) return written;
  const answer = answerOf(name, schema, value);
  return typeof answer !== "string" && !answer.issues && sameData(answer.value, value) ? value : written;
}

/** What a schema answers, or what is wrong with the schema itself: it is other people's code. */
function answerOf(key: string, schema: SettingsSchema, data: unknown): Answer | string {
  try {
    const result: SettingsResult<unknown> | Promise<unknown> = schema["~standard"].validate(data, { libraryOptions: { key } });
    if (typeof result !== "object" || result === null) return "gave no result";
    if ("then" in result) {
      Promise.resolve(result).catch(() => undefined);
      return "gave a promise, an answer at once was wanted";
    }
    if (!result.issues && !("value" in result)) return "gave neither a value nor issues";
    const plainIssues = (issues: readonly SettingsIssue[] = []) => issues.slice(0, MANIFEST_BOUNDS.issues).map(plainIssue);
    const warnings = plainIssues(result.warnings);
    return result.issues ? { issues: plainIssues(result.issues), warnings } : { value: result.value, warnings };
  } catch (thrown) {
    return `fails: ${firstCharacters(messageOf(thrown), LONGEST_FOREIGN_MESSAGE)}`;
  }
}

/** An issue of which nothing can surprise any more. @throws TypeError when it is none */
function plainIssue({ message, path, whole, atKey, hint, known }: SettingsIssue): PlainIssue {
  const steps = [...(path ?? [])].map((step) => (typeof step === "object" ? step : { key: step }));
  return {
    message: firstCharacters(String(message).trim(), LONGEST_FOREIGN_MESSAGE).replace(/\.+$/, "") || "is not valid",
    path: steps.map(({ key, origin }) => ({ key: String(key), origin })),
    whole: whole === true,
    atKey: atKey === true,
    hint: hint === undefined ? undefined : firstCharacters(String(hint), LONGEST_FOREIGN_MESSAGE),
    known: known?.map(String) ?? [],
  };
}

type Answer = { readonly warnings: readonly PlainIssue[] } & (
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly PlainIssue[] }
);

interface PlainIssue {
  readonly message: string;
  readonly path: readonly { readonly key: string; readonly origin: unknown }[];
  readonly whole: boolean;
  readonly atKey: boolean;
  readonly hint: string | undefined;
  readonly known: readonly string[];
}

function report(value: Value, label: Label, issues: readonly PlainIssue[], note: Notes["warn"]): void {
  for (const { message, path, whole, atKey, hint, known } of issues) {
    const { text, span, keySpan } = located(value, label, path);
    const sentence = whole ? message : /^[a-z]/.test(message) ? `${text} ${message}` : `${text}: ${message}`;
    const advice = () =>
      hint ?? didYouMean(path.at(-1)?.key ?? "", known) ?? (known.length > 0 ? `Known are ${known.join(", ")}` : undefined);
    note(atKey ? keySpan : span, sentence, advice);
  }
}

/** The span of what stands at a path within a value; that of the key where the path leads nowhere. */
export function spanWithin({ value, label }: Unchecked, path: readonly (string | number)[]): Span {
  return located(
    value,
    label,
    path.map((key) => ({ key: String(key), origin: undefined })),
  ).span;
}

/** How to call what stands within a value, and where it and its key stand. */
interface Located {
  readonly text: string;
  readonly span: Span;
  readonly keySpan: Span;
}

/** Where a path leads, and how to call what stands there. What is missing is pointed at by the last key that is there. */
function located(root: Value, label: Label, path: PlainIssue["path"]): Located {
  let name = label.prefix.slice(0, -1);
  let text = label.text;
  let span = root.span;
  let value: Value | undefined = root;
  let keySpan = label.span;
  for (const { key, origin } of path) {
    if (value?.kind === "list") {
      text = `Item ${Number(key) + 1} of ${quoted(name)}`;
      name = `${name}[${key}]`;
      value = value.items[Number(key)];
    } else {
      name = `${name}.${key}`;
      text = quoted(name);
      const entry: Entry | undefined = value?.kind === "map" ? value.entries.find((one) => one.key === key) : undefined;
      keySpan = entry?.keySpan ?? keySpan;
      value = entry?.value;
    }
    span = value === undefined || origin === "key" ? keySpan : value.span;
  }
  return { text, span, keySpan };
}

/** What a validator says for editors, so that its own references stay within; anything goes where it says nothing. */
function embedded({ name, schema: { "~standard": standard } }: PluginKey): JsonSchema {
  try {
    const { $schema: _, ...schema } = standard.jsonSchema?.input({ target: "draft-2020-12" }) ?? {};
    return JSON.stringify(schema).includes('"$ref"') ? { ...schema, $id: `urn:norouter:key:${name}` } : schema;
  } catch {
    return {};
  }
}

/** In a template some fields may be missing, as each host adds its own. */
function partly(schema: JsonSchema): JsonSchema {
  if ("anyOf" in schema || "$id" in schema) return {};
  const { required: _, oneOf: __, ...rest } = schema;
  return "required" in schema || "oneOf" in schema ? rest : schema;
}
