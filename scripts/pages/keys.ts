// The lists of keys of the manifest, from its JSON Schema: the core's keys and those of plugins stand there alike.

import { manifestSchema, OWN_HOST_KEYS } from "../../core/manifest/mod.ts";
import type { PluginKeys } from "../../core/mod.ts";
import { item, sentence } from "./lines.ts";

/** What is read of a schema. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  array: "list",
  object: "mapping",
};

/** One item for each key at a place: `top`, `host`, `route`, `service`, `health` of a service, or the name of a plugin's key of a host, with its fields. */
export function keyList(keys: PluginKeys, place: string, page: string): string {
  const { host, route, ...top } = places(keys);
  const ways = new Set(keys.host.filter(({ way }) => way).map(({ name }) => name));
  const lists: Readonly<Record<string, () => string[]>> = {
    top: () => keyItems(top.network, page),
    host: () => keyItems(inOrder(host, ways), page),
    route: () => keyItems(route, page),
    service: () => keyItems(top.service, page),
    health: () => keyItems(top.service.properties?.health ?? {}, page),
  };
  const made = lists[place] ?? (() => fieldItems(host.properties?.[place], place));
  return made().join("\n");
}

/** One item for each key that tells how a host is reached, with the names of its fields. */
export function wayList(keys: PluginKeys): string {
  const { host } = places(keys);
  const ways = keys.host.filter(({ way }) => way);
  return ways
    .map(({ name }) => {
      const schema = host.properties?.[name];
      const fields = Object.keys(mappingOf(schema)?.properties ?? {}).map((field) => `\`${field}\``);
      const list = fields.length > 0 ? ` ${fields.join(", ")}.` : "";
      return item(`**\`${name}\`**: ${sentence(schema?.description ?? "")}${list}`);
    })
    .join("\n");
}

function places(keys: PluginKeys): Readonly<Record<"network" | "host" | "route" | "service", Schema>> {
  const network = manifestSchema(keys) as Schema;
  const { hosts, routes, services } = network.properties ?? {};
  const [host, route, service] = [hosts?.additionalProperties, routes?.items, services?.additionalProperties];
  if (!host || !route || !service) throw new Error("The schema has no hosts, routes or services");
  return { network, host, route, service };
}

/** The core's own keys, then those of plugins that are no way to the host. */
function inOrder({ properties = {}, ...schema }: Schema, ways: ReadonlySet<string>): Schema {
  const names = [...OWN_HOST_KEYS, ...Object.keys(properties).filter((name) => !OWN_HOST_KEYS.includes(name) && !ways.has(name))];
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, properties[name] ?? {}])) };
}

function keyItems({ properties = {}, required = [] }: Schema, page: string): string[] {
  return Object.entries(properties).map(([name, schema]) => {
    const anchor = anchorOf(page, name);
    return keyItem(name, schema, required.includes(name), anchor ? ` More: [below](#${anchor}).` : "");
  });
}

/** The fields of a plugin's key, those of mappings within by both names. */
function fieldItems(schema: Schema | undefined, name: string): string[] {
  const mapping = mappingOf(schema);
  if (!schema || !mapping) throw new Error(`There is no key "${name}" with fields`);
  return Object.entries(mapping.properties ?? {}).flatMap(([field, inner]) => {
    const isRequired = mapping.required?.includes(field) ?? false;
    const full = `${name}.${field}`;
    return mappingOf(inner)?.properties
      ? [keyItem(full, inner, isRequired), ...fieldItems(inner, full)]
      : [keyItem(full, inner, isRequired)];
  });
}

/** What is a mapping, may be one, or is a list of them. */
function mappingOf(schema: Schema | undefined): Schema | undefined {
  if (schema?.items) return mappingOf(schema.items);
  return schema?.properties ? schema : schema?.anyOf?.find(({ properties }) => properties);
}

function keyItem(name: string, schema: Schema, isRequired: boolean, more = ""): string {
  const { default: fallback, examples: [example] = [], description = "" } = schema;
  const facts = [kindOf(schema)];
  if (isRequired) facts.push("required");
  if (fallback !== undefined) facts.push(`default \`${fallback === "" ? '""' : String(fallback)}\``);
  const such = example === undefined ? "" : ` Example: \`${typeof example === "string" ? example : JSON.stringify(example)}\`.`;
  return item(`**\`${name}\`** (${facts.join(", ")}): ${sentence(description)}${such}${more}`);
}

function kindOf({ type = [], enum: choices, anyOf, minimum, maximum, items }: Schema): string {
  if (anyOf) return [...new Set(anyOf.filter(({ type }) => type !== "null").map(kindOf))].join(" or ");
  const given = choices?.filter((choice) => choice !== null);
  if (given) return given.map((choice) => `\`${String(choice)}\``).join(" or ");
  const types = [type].flat().filter((one) => one !== "null");
  return types
    .map((one) => (one === "integer" ? numberOf(minimum, maximum) : one === "array" ? listOf(items) : (KINDS[one] ?? one)))
    .join(" or ");
}

function listOf(items: Schema | undefined): string {
  return items?.type === "string" ? "list of texts" : "list";
}

function numberOf(least?: number, most?: number): string {
  if (least === undefined || most === undefined) return "number";
  return `${least.toLocaleString("en-US")} to ${most.toLocaleString("en-US")}`;
}

/** Where the page says more of a key: at the heading that has it in backticks. */
function anchorOf(page: string, key: string): string | undefined {
  const headings = [...page.matchAll(/^#{2,4} (.*)$/gm)].map(([, heading = ""]) => heading);
  const found = headings.find((heading) => heading.includes(`\`${key}\``));
  return found
    ?.toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
