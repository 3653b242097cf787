// Finds mistakes in the table of a plugin's key when the plugin is made, as its author may not use TypeScript.

import { NoRouterError } from "../../errors.ts";
import type { SettingsField, SettingsFields, SettingsTable } from "./setting_types.ts";

const COMMON = ["description", "type", "required", "needsValue", "examples", "secret", "fallback"];
const STRINGS = ["pattern", "wanted", "dash"];
/** By type, the options that its fields have beside the common ones. */
const OPTIONS: { readonly [Type in NonNullable<SettingsField["type"]>]: readonly string[] } = {
  word: STRINGS,
  "name or number": STRINGS,
  "list of strings": STRINGS,
  text: ["parse", "pattern", "minLength"],
  port: [],
  flag: [],
  choice: ["choices"],
  "whole number": ["least", "most"],
  mapping: ["fields"],
};

/** @throws NoRouterError `plugin-invalid` */
export function checkTable<F extends SettingsFields>({ fields, shorthand, oneOf = [] }: SettingsTable<F>): void {
  if (typeof fields !== "object" || fields === null) wrong("has no 'fields'");
  for (const name of [...(shorthand === undefined ? [] : [shorthand]), ...oneOf])
    if (!Object.hasOwn(fields, name)) wrong(`names '${name}', which is none of its fields`);
  for (const [name, field] of Object.entries<SettingsField>(fields)) checkField(name, field);
}

function checkField(name: string, field: SettingsField): void {
  const { type = "word" } = field;
  if (!Object.hasOwn(OPTIONS, type)) wrong(`has a field '${name}' of type '${type}', which does not exist`);
  const unknown = Object.keys(field).find((option) => ![...COMMON, ...OPTIONS[type]].includes(option));
  if (unknown !== undefined) wrong(`has a field '${name}' with '${unknown}', which is no option of fields of type '${type}'`);
  if ("pattern" in field && field.pattern !== undefined && !(field.pattern instanceof RegExp))
    wrong(`has a field '${name}' whose 'pattern' is no regular expression`);
  if (field.type === "choice" && !Array.isArray(field.choices)) wrong(`has a field '${name}' without a list of 'choices'`);
  if (field.type === "mapping") checkTable({ fields: field.fields });
}

function wrong(what: string): never {
  throw new NoRouterError("plugin-invalid", `Table of settings ${what}`);
}
