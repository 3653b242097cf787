// The manifest's JSON Schema for editors, made from the table of keys. Must not hold a rule of its own.

import { NO_KEYS, type PluginKeys } from "../plugin/key.ts";
import { manifestKind } from "./fields.ts";
import type { JsonSchema } from "./kinds.ts";

/**
 * The schema (draft 2020-12), the keys of plugins included. It accepts all that the parser accepts; rules between
 * hosts are the parser's alone.
 */
export function manifestSchema(keys: Partial<PluginKeys> = {}): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "NoRouter manifest",
    description: "One network: its hosts and how to reach them.",
    ...manifestKind({ ...NO_KEYS, ...keys }).schema,
  };
}
