// Makes the schema of a plugin's key from a table of its fields: a Standard Schema with inferred types, sentences for people, a
// JSON Schema for editors, rows for docs, and values without their secrets.

import { NoRouterError } from "../../errors.ts";
import { MASK } from "../../masked.ts";
import type { SettingsIssue, SettingsOptions, SettingsResult, SettingsSchema } from "../../plugin/key.ts";
import { MANIFEST_BOUNDS } from "../text/bounds.ts";
import type { Hint, Notes } from "../text/findings.ts";
import { treeOf } from "../text/plain.ts";
import { maskedValue } from "../text/secrets.ts";
import type { Span } from "../text/source.ts";
import { checkTable } from "./check_table.ts";
import { fieldKind, mappingKind } from "./field_kinds.ts";
import type { Kind } from "./kinds.ts";
import type { SettingsField, SettingsFields, SettingsOf, SettingsTable, ValueOf } from "./setting_types.ts";

/** A row of a page about a key. */
export interface FieldRow {
  /** With the names of the mappings that it is within, such as `auth.user`. */
  readonly name: string;
  readonly description: string;
  readonly fallback: unknown;
}

/** A schema that was made here. */
export interface TableSchema<T> extends SettingsSchema<T> {
  /** Its fields, for docs; none where it is one value. */
  readonly rows: readonly FieldRow[];
}

/**
 * The schema of a mapping with these fields.
 * @throws NoRouterError `plugin-invalid` for a mistake in the table
 */
export function settingsOf<const F extends SettingsFields>(table: SettingsTable<F>): TableSchema<SettingsOf<F>> {
  checkTable(table);
  const { fields, shorthand, oneOf, unknown } = table;
  const plain: SettingsTable = { fields, shorthand, oneOf, unknown };
  return schemaOf(mappingKind(plain), rowsOf(plain.fields), (value) => {
    if (typeof value === "string" && plain.shorthand !== undefined) return concealed(plain.fields[plain.shorthand], value);
    return concealedFields(plain.fields, value);
  });
}

/** The schema of one value that is no mapping of fields. */
export function settingOf<const F extends SettingsField>(field: F): TableSchema<ValueOf<F>> {
  checkTable({ fields: { value: field } });
  const { schema, read } = fieldKind(field);
  const { examples } = field;
  return schemaOf({ schema: { ...schema, ...(examples ? { examples } : {}) }, read }, [], (value) => concealed(field, value));
}

function schemaOf<T>(kind: Kind<unknown>, rows: readonly FieldRow[], conceal: (value: unknown) => unknown): TableSchema<T> {
  return {
    rows,
    "~standard": {
      version: 1,
      vendor: "norouter",
      validate: (value, options) => validated(kind, value, options) as SettingsResult<T>,
      jsonSchema: { input: () => ({ ...kind.schema }) },
      conceal,
    },
  };
}

function validated(kind: Kind<unknown>, data: unknown, options: SettingsOptions | undefined): SettingsResult<unknown> {
  const { value, keySpan, locations } = treeOf(data);
  const issues: SettingsIssue[] = [];
  const warnings: SettingsIssue[] = [];
  const noteIn = (list: SettingsIssue[]) => (span: Span | undefined, message: string, hint?: Hint) => {
    if (list.length >= MANIFEST_BOUNDS.issues) return;
    const { path, atKey } = locations[span?.start ?? 0] ?? { path: [], atKey: false };
    const advice = typeof hint === "function" ? hint() : hint;
    list.push({ message, whole: true, path, ...(atKey ? { atKey } : {}), ...(advice === undefined ? {} : { hint: advice }) });
  };
  const notes: Notes = { error: noteIn(issues), warn: noteIn(warnings) };
  const key = options?.libraryOptions?.key;
  const name = typeof key === "string" ? { text: `'${key}'`, prefix: `${key}.` } : { text: "The value", prefix: "" };
  const found = kind.read(value, { ...name, span: keySpan }, notes);
  const more = warnings.length > 0 ? { warnings } : {};
  if (issues.length > 0) return { issues, ...more };
  if (found === undefined) throw new NoRouterError("internal", "A value was refused and nothing was said of it");
  return { value: found.value, ...more };
}

function rowsOf(fields: SettingsFields, within = ""): FieldRow[] {
  return Object.entries(fields).flatMap(([name, field]): FieldRow[] => {
    const { description } = field;
    const row = { name: `${within}${name}`, description, fallback: "fallback" in field ? field.fallback : undefined };
    return [row, ...(field.type === "mapping" ? rowsOf(field.fields, `${row.name}.`) : [])];
  });
}

function concealedFields(fields: SettingsFields, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return maskedValue(value);
  const entries = Object.entries(value).map(([name, one]) => [name, concealed(fields[name], one)]);
  return Object.fromEntries(entries);
}

function concealed(field: SettingsField | undefined, value: unknown): unknown {
  if (field?.type === "mapping") return concealedFields(field.fields, value);
  if (!field?.secret || value === null || value === undefined) return maskedValue(value);
  // What is printed is still a manifest.
  return Array.isArray(value) ? value.map(() => MASK) : MASK;
}
