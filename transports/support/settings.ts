// Makes the schema of a transport's key from a table of its fields: a Standard Schema with inferred types, sentences for
// people and a JSON Schema. Refuses what could turn into an option of the program that reaches the host.

import { NoRouterError, type SettingsIssue, type SettingsResult, type SettingsSchema } from "../../core/mod.ts";

/** One field of a transport's key. */
export interface SettingsField {
  /** One clause for editors. */
  readonly description: string;
  /** `word`, the default, is a string; `name or number` takes a whole number for one. What each refuses: {@link settingsOf}. */
  readonly type?: "word" | "name or number" | "port" | "flag" | "list of strings";
  readonly required?: boolean;
  /** What a string, or each one of a list, has to match as a whole. */
  readonly pattern?: RegExp;
  /** What `pattern` wants, for the message: `a name of letters and digits`. */
  readonly wanted?: string;
  /** Strings may begin with `-`: they never become a word of their own on a command line. */
  readonly dash?: boolean;
}

/** Fields by name. */
export type SettingsFields = { readonly [name: string]: SettingsField };

type ValueOf<F extends SettingsField> = F extends { readonly type: "port" }
  ? number
  : F extends { readonly type: "flag" }
    ? boolean
    : F extends { readonly type: "list of strings" }
      ? readonly string[]
      : string;
type RequiredOf<F extends SettingsFields> = { [K in keyof F]: F[K] extends { readonly required: true } ? K : never }[keyof F];

/** What a table of fields gives: required fields are there, others may be missing. */
export type SettingsOf<F extends SettingsFields> = { readonly [K in RequiredOf<F>]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredOf<F>>]?: ValueOf<F[K]>;
};

/** The table of a transport's key. */
export interface SettingsTable<F extends SettingsFields> {
  readonly fields: F;
  /** The field that a plain string in place of the mapping is the value of. */
  readonly shorthand?: keyof F & string;
  /** Exactly one of these fields has to be there. */
  readonly oneOf?: readonly (keyof F & string)[];
}

/**
 * The schema of a mapping with these fields. Strings are not empty, hold no NUL character and do not begin with `-`, since
 * they become words of a command; ports are 1..65535; a field without a value counts as absent; unknown fields are refused.
 */
export function settingsOf<const F extends SettingsFields>(table: SettingsTable<F>): SettingsSchema<SettingsOf<F>> {
  checkTable(table);
  const { fields, shorthand, oneOf = [] } = table;
  const plain: Table = { fields, shorthand, oneOf };
  return {
    "~standard": {
      version: 1,
      vendor: "norouter",
      validate: (value) => validated(plain, value) as SettingsResult<SettingsOf<F>>,
      jsonSchema: { input: () => jsonSchemaOf(plain) },
    },
  };
}

/** A table whose types do not matter any more. */
interface Table {
  readonly fields: SettingsFields;
  readonly shorthand: string | undefined;
  readonly oneOf: readonly string[];
}

const TYPES: readonly unknown[] = [undefined, "word", "name or number", "port", "flag", "list of strings"];
const OPTIONS: readonly string[] = ["description", "type", "required", "pattern", "wanted", "dash"];

/** A mistake of an author is found when the plugin is made. @throws NoRouterError `plugin-invalid` */
function checkTable<F extends SettingsFields>({ fields, shorthand, oneOf = [] }: SettingsTable<F>): void {
  const wrong = (what: string): never => {
    throw new NoRouterError("plugin-invalid", `Table of settings ${what}`);
  };
  if (typeof fields !== "object" || fields === null) wrong("has no 'fields'");
  for (const name of [...(shorthand === undefined ? [] : [shorthand]), ...oneOf])
    if (!Object.hasOwn(fields, name)) wrong(`names '${name}', which is none of its fields`);
  for (const [name, field] of Object.entries(fields)) {
    const unknown = Object.keys(field).find((option) => !OPTIONS.includes(option));
    if (unknown !== undefined) wrong(`has a field '${name}' with '${unknown}', which is no option of fields`);
    if (!TYPES.includes(field.type)) wrong(`has a field '${name}' of type '${field.type}', which does not exist`);
    if (field.pattern !== undefined && !(field.pattern instanceof RegExp))
      wrong(`has a field '${name}' whose 'pattern' is no regular expression`);
  }
}

function validated({ fields, shorthand, oneOf }: Table, value: unknown): SettingsResult<unknown> {
  if (typeof value === "string" && shorthand !== undefined) {
    const wrong = wrongWith(value, fields[shorthand] ?? { description: "" });
    return wrong === undefined ? { value: { [shorthand]: value } } : { issues: [{ message: wrong }] };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { issues: [{ message: mismatch(value, shorthand === undefined ? "a mapping" : "a string or a mapping") }] };
  }
  const absent = (name: string, one: unknown) => Object.hasOwn(fields, name) && (one === null || one === undefined);
  const entries = Object.entries(value).filter(([name, one]) => !absent(name, one));
  const issues = entries.flatMap(([name, one]) => fieldIssues(fields, name, one));
  const given = new Set(entries.map(([name]) => name));
  for (const [name, { required }] of Object.entries(fields)) {
    if (required && !given.has(name)) issues.push({ message: "is missing", path: [name] });
  }
  const chosen = oneOf.filter((name) => given.has(name));
  const choice = oneOf.map((name) => `'${name}'`).join(", ");
  if (oneOf.length > 0 && chosen.length === 0) issues.push({ message: `has none of ${choice}, one was wanted` });
  if (chosen.length > 1)
    issues.push({ message: `stands beside '${chosen[0]}', one of ${choice} was wanted`, path: [chosen[1] as string] });
  return issues.length > 0
    ? { issues }
    : { value: Object.fromEntries(entries.map(([name, one]) => [name, taken(fields[name], one)])) };
}

/** A value as the transport gets it. */
function taken(field: SettingsField | undefined, value: unknown): unknown {
  return field?.type === "name or number" && typeof value === "number" ? String(value) : value;
}

function fieldIssues(fields: SettingsFields, name: string, value: unknown): SettingsIssue[] {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) {
    return [{ message: "is not known", path: [{ key: name, origin: "key" }], known: Object.keys(fields) }];
  }
  if (field.type !== "list of strings") {
    const wrong = wrongWith(value, field);
    return wrong === undefined ? [] : [{ message: wrong, path: [name] }];
  }
  if (!Array.isArray(value)) return [{ message: mismatch(value, "a list of strings"), path: [name] }];
  return value.flatMap((item: unknown, index) => {
    const wrong = wrongWith(item, { ...field, type: "word" });
    return wrong === undefined ? [] : [{ message: wrong, path: [name, index] }];
  });
}

/** What is wrong with one value; undefined when nothing is. */
function wrongWith(given: unknown, { type = "word", pattern, wanted, dash }: SettingsField): string | undefined {
  const value = type === "name or number" && Number.isSafeInteger(given) && Number(given) >= 0 ? String(given) : given;
  if (type === "flag") return typeof value === "boolean" ? undefined : mismatch(value, "true or false");
  if (type === "port") {
    const fits = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
    if (fits) return undefined;
    return mismatch(value, "a port from 1 to 65535") + (typeof value === "string" ? "; leave out the quotes" : "");
  }
  if (typeof value !== "string") return mismatch(value, "a string");
  if (value.trim() === "") return "is empty";
  if (value.includes("\0")) return "holds a NUL character";
  if (value.startsWith("-") && !dash) return `is '${value}', which begins with '-' and would be taken for an option`;
  if (pattern && value.match(new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""))) === null)
    return `is '${value}', ${wanted === undefined ? `which does not match ${String(pattern)}` : `${wanted} was wanted`}`;
  return undefined;
}

function mismatch(value: unknown, wanted: string): string {
  const plain = typeof value === "number" || typeof value === "string" ? ` (${String(value)})` : "";
  const kind =
    value === null ? "empty" : Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : `a ${typeof value}`;
  // What is meant is not what YAML read: 123e456 is Infinity, and 0x12 is 18.
  if (wanted.startsWith("a string") && (typeof value === "number" || typeof value === "boolean"))
    return `is ${kind} as it stands, ${wanted} was wanted; put it in quotes`;
  return `is ${kind}${plain}, ${wanted} was wanted`;
}

function jsonSchemaOf({ fields, shorthand, oneOf }: Table): Record<string, unknown> {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)]));
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  const mapping = {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    ...(oneOf.length > 0
      ? { oneOf: oneOf.map((name) => ({ required: [name], properties: { [name]: { not: { type: "null" } } } })) }
      : {}),
  };
  return shorthand === undefined ? mapping : { anyOf: [{ type: "string", minLength: 1 }, mapping] };
}

function fieldSchema({ type = "word", description, required, pattern }: SettingsField): Record<string, unknown> {
  const word = { type: "string", minLength: 1, ...(pattern ? { pattern: `^(?:${pattern.source})$` } : {}) };
  const schema = {
    word,
    "name or number": { ...word, type: ["string", "integer"], minimum: 0 },
    port: { type: "integer", minimum: 1, maximum: 65_535 },
    flag: { type: "boolean" },
    "list of strings": { type: "array", items: word },
  }[type];
  return { ...schema, description, ...(required ? {} : { type: [schema.type, "null"].flat() }) };
}
