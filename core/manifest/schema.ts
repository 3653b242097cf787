// The manifest's JSON Schema for editors, made from the table of keys. Must not hold a rule of its own.

import type { HostKey, RouteKey } from "../plugin/key.ts";
import { manifestKind } from "./fields.ts";
import type { JsonSchema } from "./kinds.ts";

/**
 * The schema (draft 2020-12), the keys of transports and rules included. It accepts all that the parser accepts; rules between
 * hosts are the parser's alone.
 */
export function manifestSchema(hostKeys: readonly HostKey[] = [], routeKeys: readonly RouteKey[] = []): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "NoRouter manifest",
    description: "One network: its hosts and how to reach them.",
    ...manifestKind(hostKeys, routeKeys).schema,
  };
}
