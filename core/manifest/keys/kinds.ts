// The combinators that the table of keys is made of: each reads a value and describes itself as JSON Schema.

import type { Notes } from "../text/findings.ts";
import { didYouMean } from "../text/near.ts";
import { maskedVia } from "../text/secrets.ts";
import type { Span } from "../text/source.ts";
import { describe, type Value } from "../text/tree.ts";
import { quoted } from "../text/visible.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown };

/** A value with its place. */
export interface Found<T> {
  readonly value: T;
  readonly span: Span;
}

/** How messages call a value. */
export interface Label {
  /** At the start of a sentence: `'ports'`, `Host 'web'`. */
  readonly text: string;
  /** Before the keys within: `http.` */
  readonly prefix: string;
  /** Where to point when something is missing: the value's key. */
  readonly span: Span;
}

/** A kind of value: reads it, noting what is wrong, and tells what it accepts. */
export interface Kind<T> {
  readonly schema: JsonSchema;
  readonly read: (value: Value, label: Label, findings: Notes) => Found<T> | undefined;
}

/** Notes that a value is of another kind than wanted. */
export function mismatch(value: Value, label: Label, wanted: string, findings: Notes, hint?: string): undefined {
  findings.error(value.span, `${label.text} is ${describe(value)}, ${wanted} was wanted`, hint);
  return undefined;
}

/** For what YAML takes for a number, or for true or false. */
const QUOTE = "Put it in quotes if it is meant as it stands";

/** A string that `parse` takes. */
export function text<T>(parse: (text: string) => Parsed<T>, schema: JsonSchema = {}): Kind<T> {
  return {
    schema: { type: "string", ...schema },
    read: (value, label, findings) => {
      if (value.kind !== "scalar" || typeof value.value !== "string") {
        return mismatch(value, label, "a string", findings, textHint(value));
      }
      const parsed = parsedUnseen(parse, value.value);
      if ("value" in parsed) return { value: parsed.value, span: value.span };
      findings.error(value.span, parsed.wrong, parsed.hint);
      return undefined;
    },
  };
}

function textHint(value: Value): string | undefined {
  if (value.kind === "list") return value.items.length === 1 ? "Write it without brackets" : undefined;
  if (value.kind === "map") return "Put all of it in quotes, as one text";
  return value.value === null ? undefined : QUOTE;
}

/** What a parser makes of a text; a refusal is that of the text without its password, so that no piece of it is quoted. */
export function parsedUnseen<T>(parse: (text: string) => Parsed<T>, text: string): Parsed<T> {
  const parsed = parse(text);
  const shown = maskedVia(text);
  if ("value" in parsed || shown === text) return parsed;
  const unseen = parse(shown);
  return "wrong" in unseen ? unseen : wrong("The value is not valid");
}

/** `true` or `false`. */
export function flag(): Kind<boolean> {
  return {
    schema: { type: "boolean" },
    read: (value, label, findings) => {
      if (value.kind === "scalar" && typeof value.value === "boolean") return { value: value.value, span: value.span };
      const meant = value.kind === "scalar" && /^(yes|on|no|off)$/i.exec(String(value.value))?.[0].toLowerCase();
      const quotedOne = value.kind === "scalar" && (value.value === "true" || value.value === "false");
      const hint = meant ? `Write '${meant === "yes" || meant === "on"}'` : quotedOne ? "Leave out the quotes" : undefined;
      return mismatch(value, label, "true or false", findings, hint);
    },
  };
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    schema: { type: "integer", minimum: least, maximum: most },
    read: (value, label, findings) => {
      const found = value.kind === "scalar" ? Number(value.value) : Number.NaN;
      const fits = value.kind === "scalar" && typeof value.value !== "string" && Number.isInteger(found);
      if (fits && value.value !== null && typeof value.value !== "boolean" && found >= least && found <= most)
        return { value: found, span: value.span };
      return mismatch(value, label, `a whole number from ${least} to ${most}`, findings);
    },
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  const wanted = choices.map((choice) => `'${choice}'`).join(" or ");
  return {
    schema: { type: "string", enum: choices },
    read: (value, label, findings) => {
      const found = value.kind === "scalar" ? choices.find((choice) => choice === value.value) : undefined;
      if (found !== undefined) return { value: found, span: value.span };
      if (value.kind !== "scalar" || typeof value.value !== "string") return mismatch(value, label, wanted, findings);
      const hint = () => didYouMean(String(value.value), choices);
      findings.error(value.span, `${label.text} is ${quoted(value.value)}, ${wanted} was wanted`, hint);
      return undefined;
    },
  };
}

/** A list; items that are wrong are noted and left out. */
export function list<T>(item: Kind<T>, least = 0): Kind<readonly Found<T>[]> {
  return {
    schema: { type: "array", items: item.schema, ...(least > 0 ? { minItems: least } : {}) },
    read: (value, label, findings) => {
      if (value.kind !== "list") return mismatch(value, label, "a list", findings, listHint(value));
      if (value.items.length < least)
        findings.error(value.span, `${label.text} is an empty list, at least ${least} item was wanted`);
      const items = value.items.map((one, index) =>
        item.read(one, { text: `Item ${index + 1} of ${label.text}`, prefix: "", span: one.span }, findings),
      );
      return { value: items.filter((one) => one !== undefined), span: value.span };
    },
  };
}

function listHint(value: Value): string | undefined {
  if (value.kind === "map") return "Write each entry as one item, on a line of its own after '- '";
  if (value.kind !== "scalar" || value.value === null) return undefined;
  return typeof value.value === "string"
    ? "Put it in brackets, as the only item"
    : "Put it in quotes and brackets, as the only item";
}

/** A list of words or one string that is split into them. */
export function words(
  line: (text: string) => Parsed<readonly string[]>,
  check: (words: readonly string[]) => Parsed<readonly string[]>,
): Kind<readonly string[]> {
  const one = text(line);
  const many = list(text((word) => ({ value: word })));
  return {
    schema: { anyOf: [one.schema, many.schema] },
    read: (value, label, findings) => {
      if (value.kind === "scalar" && typeof value.value === "string") return one.read(value, label, findings);
      if (value.kind !== "list") {
        const hint = value.kind === "scalar" && value.value !== null ? QUOTE : undefined;
        return mismatch(value, label, "a string or a list of strings", findings, hint);
      }
      const found = many.read(value, label, findings);
      if (found === undefined || found.value.length < value.items.length) return undefined;
      const parsed = check(found.value.map((word) => word.value));
      if ("value" in parsed) return { value: parsed.value, span: value.span };
      findings.error(value.span, parsed.wrong, parsed.hint);
      return undefined;
    },
  };
}
