// The kind of a transport's own key: hands the value as plain data to the transport's schema and points at what it
// finds wrong. Must not know any transport.

import { messageOf } from "../errors.ts";
import type { HostKey, SettingsIssue, SettingsResult } from "../plugin/key.ts";
import { firstCharacters } from "../text.ts";
import type { Findings } from "./findings.ts";
import type { JsonSchema, Kind, Label } from "./kinds.ts";
import { didYouMean } from "./near.ts";
import type { Span } from "./source.ts";
import type { Entry, Value } from "./tree.ts";
import { quoted } from "./visible.ts";

/** What stands at a transport's key. */
export interface Keyed {
  /** What the schema made of it. */
  readonly value: unknown;
  /** Plain data as it was written. */
  readonly written: unknown;
}

/** Sentences of other people's validators may be of any length. */
const LONGEST_MESSAGE = 300;
/** A schema that finds more in one value is not looked at any further. */
const MOST_ISSUES = 20;

/** A value that a transport's schema checks; its place is that of the key. */
export function hostKeyKind({ name, schema }: HostKey): Kind<Keyed> {
  const standard = schema["~standard"];
  return {
    schema: embedded(name, standard.jsonSchema),
    read: (value, label, findings) => {
      const answer = answerOf(() => standard.validate(plainData(value)));
      if (typeof answer === "string") {
        findings.error(label.span, `Schema of ${label.text} ${answer}`, undefined, "plugin-invalid");
      } else if (!answer.issues) {
        return { value: { value: answer.value, written: plainData(value) }, span: label.span };
      } else report(value, label, answer.issues, findings);
      // It is there all the same: the host has this way.
      return { value: { value: undefined, written: undefined }, span: label.span };
    },
  };
}

/** What a schema answers, or what is wrong with the schema itself: it is other people's code. */
function answerOf(validate: () => SettingsResult<unknown> | Promise<unknown>): Answer | string {
  try {
    const result = validate();
    if (typeof result !== "object" || result === null) return "gave no result";
    if ("then" in result) {
      Promise.resolve(result).catch(() => undefined);
      return "gave a promise, an answer at once was wanted";
    }
    if (!result.issues && !("value" in result)) return "gave neither a value nor issues";
    return result.issues ? { issues: result.issues.slice(0, MOST_ISSUES).map(plainIssue) } : { value: result.value };
  } catch (thrown) {
    return `fails: ${firstCharacters(messageOf(thrown), LONGEST_MESSAGE)}`;
  }
}

/** An issue of which nothing can surprise any more. @throws TypeError when it is none */
function plainIssue({ message, path, known }: SettingsIssue): PlainIssue {
  const steps = [...(path ?? [])].map((step) => (typeof step === "object" ? step : { key: step }));
  return {
    message: firstCharacters(String(message).trim(), LONGEST_MESSAGE).replace(/\.+$/, "") || "is not valid",
    path: steps.map(({ key, origin }) => ({ key: String(key), origin })),
    known: known?.map(String) ?? [],
  };
}

type Answer = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly PlainIssue[] };

interface PlainIssue extends SettingsIssue {
  readonly path: readonly { readonly key: string; readonly origin: unknown }[];
  readonly known: readonly string[];
}

function report(value: Value, label: Label, issues: readonly PlainIssue[], findings: Findings): void {
  if (issues.length === 0) findings.error(value.span, `${label.text} is not valid`);
  for (const { message, path, known } of issues) {
    const { text, span } = placeOf(value, label, path);
    const sentence = /^[a-z]/.test(message) ? `${text} ${message}` : `${text}: ${message}`;
    const hint = () =>
      didYouMean(path.at(-1)?.key ?? "", known) ?? (known.length > 0 ? `Known are ${known.join(", ")}` : undefined);
    findings.error(span, sentence, hint);
  }
}

/** Where a path leads, and how to call that place. What is missing is pointed at by the last key that is there. */
function placeOf(root: Value, label: Label, path: PlainIssue["path"]): { readonly text: string; readonly span: Span } {
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
  return { text, span };
}

/** A value without places. */
function plainData(value: Value): unknown {
  if (value.kind === "list") return value.items.map(plainData);
  if (value.kind === "map") return Object.fromEntries(value.entries.map((entry) => [entry.key, plainData(entry.value)]));
  return value.value;
}

/** What a validator says for editors, so that its own references stay within; anything goes where it says nothing. */
function embedded(name: string, source: HostKey["schema"]["~standard"]["jsonSchema"]): JsonSchema {
  try {
    const { $schema: _, ...schema } = source?.input({ target: "draft-2020-12" }) ?? {};
    return JSON.stringify(schema).includes('"$ref"') ? { ...schema, $id: `urn:norouter:host-key:${name}` } : schema;
  } catch {
    return {};
  }
}
