// What may stand in `plugins`: modules and packages to load, built-in plugins to leave out, and where each comes in the order.

import type { Notes } from "../text/findings.ts";
import type { Span } from "../text/source.ts";
import type { Entry, Value } from "../text/tree.ts";
import { quoted } from "../text/visible.ts";
import type { PluginSpec } from "../types.ts";
import { type Found, type Kind, type Label, list, mismatch, text } from "./kinds.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { type ReadOf, record } from "./records.ts";

/** An entry of `plugins`, and where the names of other plugins stand in it. */
export interface PluginRead {
  readonly spec: PluginSpec;
  readonly places: ReadonlyMap<string, Span>;
}

const ORDER_FIELDS = {
  before: { kind: list(text(parsePluginName)), description: "Names of plugins that come later than this one." },
  after: { kind: list(text(parsePluginName)), description: "Names of plugins that come earlier." },
};
const FROM = {
  kind: text(parseSpecifier, { minLength: 1 }),
  description: "Path of the plugin's module, or the package that is installed beside the manifest.",
};
const LISTED = record({ from: { ...FROM, required: true, examples: ["./my-plugin.mjs"] }, ...ORDER_FIELDS });
const NAMED = record({ from: FROM, ...ORDER_FIELDS });
const MAPPING_HINT = "Write 'false' to leave a built-in plugin out, or where its module is";

/** A list of what to load, or a mapping from the names of plugins to what becomes of them. */
export function pluginsKind(): Kind<readonly Found<PluginRead>[]> {
  const items = list(listed);
  return {
    schema: {
      anyOf: [
        items.schema,
        { type: "object", additionalProperties: { anyOf: [{ type: "boolean" }, FROM.kind.schema, NAMED.schema] } },
      ],
    },
    read: (value, label, findings) => {
      if (value.kind === "scalar")
        return mismatch(value, label, "a list or a mapping", findings, "Put it in brackets, as the only item");
      if (value.kind === "list") return items.read(value, label, findings);
      return { value: value.entries.flatMap((entry) => readNamed(entry, label, findings) ?? []), span: value.span };
    },
  };
}

/** An item of the list: a specifier, or a mapping with one. */
const listed: Kind<PluginRead> = {
  schema: { anyOf: [FROM.kind.schema, LISTED.schema] },
  read: (value, label, findings) => {
    const read = value.kind === "map" ? LISTED.read(value, label, findings) : undefined;
    if (value.kind === "map") return read?.value.from ? { value: pluginRead({}, read.value), span: value.span } : undefined;
    const found = FROM.kind.read(value, label, findings);
    return found && { value: pluginRead({ from: found.value }, {}), span: value.span };
  },
};

function readNamed({ key, keySpan, value }: Entry, { text: whole }: Label, findings: Notes): Found<PluginRead> | undefined {
  const parsed = parsePluginName(key);
  if ("wrong" in parsed) {
    findings.error(keySpan, parsed.wrong, parsed.hint);
    return undefined;
  }
  const label = { text: `Plugin '${key}' of ${whole}`, prefix: "", span: keySpan };
  const spec = specOf(key, value, label, findings);
  return spec && { value: spec, span: value.kind === "map" ? keySpan : value.span };
}

function specOf(name: string, value: Value, label: Label, findings: Notes): PluginRead | undefined {
  if (value.kind === "map") {
    const read = NAMED.read(value, label, findings);
    return read && pluginRead({ name }, read.value);
  }
  if (value.kind === "list") return mismatch(value, label, "true or false, a path or a mapping", findings, MAPPING_HINT);
  if (value.value === false) return pluginRead({ name, off: true }, {});
  if (value.value === true) return pluginRead({ name }, {});
  if (typeof value.value !== "string")
    return mismatch(value, label, "true or false, a path or a mapping", findings, MAPPING_HINT);
  const from = FROM.kind.read(value, label, findings);
  return from && pluginRead({ name, from: from.value }, {});
}

type Read = ReadOf<typeof ORDER_FIELDS & { readonly from: typeof FROM }>;

function pluginRead(spec: PluginSpec, { from, before, after }: Read): PluginRead {
  const named = [...(before?.value ?? []), ...(after?.value ?? [])];
  return {
    spec: {
      ...spec,
      ...(from ? { from: from.value } : {}),
      ...(before ? { before: before.value.map(({ value }) => value) } : {}),
      ...(after ? { after: after.value.map(({ value }) => value) } : {}),
    },
    places: new Map(named.map(({ value, span }) => [value, span])),
  };
}

/** The name of a plugin: lower case letters, digits and dashes. */
function parsePluginName(name: string): Parsed<string> {
  if (/^[a-z][a-z0-9-]*$/.test(name)) return { value: name };
  return wrong(`${quoted(name)} is no name of a plugin, lower case letters, digits and dashes were wanted`);
}

/** A path of a module, a `file:` URL, a package's name with or without `npm:`, or `jsr:` and a name. */
export function parseSpecifier(text: string): Parsed<string> {
  if (text.trim() === "") return wrong("A specifier of 'plugins' is empty, a path or a package was wanted");
  if (text.includes("\0")) return wrong("A specifier of 'plugins' holds a NUL character");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && !["file", "npm", "jsr"].includes(scheme)) {
    return wrong(
      `Plugin ${quoted(text)} is a '${scheme}:' address, a path or a package was wanted`,
      "Save it beside the manifest",
    );
  }
  if (/^[^./\\]+\.[cm]?[jt]sx?$/i.test(text)) return wrong(`Plugin ${quoted(text)} is not a path`, `Write './${text}'`);
  return { value: text };
}
