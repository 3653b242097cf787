// Runs the checks of plugins, and finds the places that they name.

import { messageOf } from "../../errors.ts";
import type { CheckedManifest, ManifestLocation, PluginKeys } from "../../plugin/key.ts";
import { firstCharacters, LONGEST_FOREIGN_MESSAGE } from "../../text.ts";
import { keyOf, type TemplateRead } from "../keys/fields.ts";
import type { Found } from "../keys/kinds.ts";
import { spanWithin, type Unchecked } from "../keys/plugin_key.ts";
import type { Findings } from "../text/findings.ts";
import { mergedValue } from "../text/plain.ts";
import type { Span } from "../text/source.ts";
import { quoted } from "../text/visible.ts";
import type { Manifest, PortMap } from "../types.ts";
import type { ManifestRead, NamedHost } from "./read.ts";

/** What was read, to find places in. */
type Read = Pick<ManifestRead, "template" | "routes" | "services"> & { readonly hosts: readonly NamedHost[] };

/** Runs the checks of all plugins. */
export function runChecks(
  { host, route, network, checks = [] }: PluginKeys,
  manifest: Manifest,
  read: Read,
  findings: Findings,
): void {
  const hosts = new Map(read.hosts.map((one) => [one.name.value, one]));
  const checked: CheckedManifest = {
    ...manifest,
    owner: (name, key, path = []) => (isOwn(hosts.get(name), key, path) ? `host ${quoted(name)}` : "'hostTemplate'"),
  };
  const ofKeys = [...host, ...route, ...network].flatMap(({ name, check }) => (check ? [{ name: `'${name}'`, check }] : []));
  for (const { name, check } of [...ofKeys, ...checks.map((check) => ({ name: "a plugin", check }))]) {
    try {
      check(checked, ({ severity, message, hint, at }) => {
        const span = spanOf(at, read, hosts);
        if (span === undefined) return;
        const sentence = firstCharacters(String(message), LONGEST_FOREIGN_MESSAGE);
        if (severity === "error") findings.error(span, sentence, hint);
        else findings.warn(span, sentence, hint);
      });
    } catch (thrown) {
      const why = firstCharacters(messageOf(thrown), LONGEST_FOREIGN_MESSAGE);
      findings.error(undefined, `Check of ${name} fails: ${why}`, undefined, "plugin-invalid");
    }
  }

  /** Whether a value is the host's, and not the template's. */
  function isOwn(one: NamedHost | undefined, key: string, path: NonNullable<ManifestLocation["path"]>): boolean {
    if (!one) return true;
    if (key === "ports") return Number(path[0] ?? 0) >= (read.template.ports?.value.length ?? 0);
    const own = keyOf<Unchecked>(one.item, key);
    if (!own?.value.value) return keyOf(read.template, key) === undefined;
    const { value } = own.value;
    return path.length === 0 || value.kind !== "map" || value.entries.some((entry) => entry.key === path[0]);
  }
}

function spanOf(
  { host, service, route, key, path = [] }: ManifestLocation,
  read: Read,
  hosts: ReadonlyMap<string, NamedHost>,
): Span | undefined {
  if (route !== undefined) return keyOf(read.routes[route]?.value ?? {}, key)?.span;
  if (service !== undefined) return keyOf(read.services.find(({ name }) => name.value === service)?.item ?? {}, key)?.span;
  const item = hosts.get(host ?? "")?.item;
  if (!item) return undefined;
  if (key === "ports") return [...portsOf(read.template), ...portsOf(item)][Number(path[0] ?? 0)]?.span;
  const own = keyOf<Unchecked>(item, key);
  if (own && typeof own.value === "object" && "label" in own.value) {
    const shared = keyOf<Unchecked>(read.template, key)?.value;
    return spanWithin(shared ? { ...own.value, value: mergedValue(own.value.value, shared.value) } : own.value, path);
  }
  const shared = own ? undefined : keyOf<Unchecked>(read.template, key)?.value;
  return shared ? spanWithin(shared, path) : own?.span;
}

function portsOf({ ports }: TemplateRead): readonly Found<PortMap>[] {
  return ports?.value ?? [];
}
