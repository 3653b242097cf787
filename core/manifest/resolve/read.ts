// A manifest as it was read, before its template is applied. Types only.

import type { PluginKeys } from "../../plugin/key.ts";
import type { HostRead, RouteRead, TemplateRead } from "../keys/fields.ts";
import type { Found } from "../keys/kinds.ts";
import type { PluginRead } from "../keys/plugins.ts";
import type { Named } from "../keys/records.ts";
import type { ServiceRead } from "../keys/services.ts";

/** A host that was read; one that was not a mapping has its name only, so that routes to it are not wrong too. */
export interface NamedHost {
  readonly name: Found<string>;
  readonly item: HostRead;
}

/** The parts of a manifest as read. */
export interface ManifestRead {
  readonly template: TemplateRead;
  readonly hosts: readonly Named<HostRead>[];
  readonly services: readonly Named<ServiceRead>[];
  readonly routes: readonly Found<RouteRead>[];
  readonly plugins: readonly Found<PluginRead>[];
  /** Limits that are set, by name. */
  readonly limits: readonly (readonly [string, number])[];
  /** All of it, for the keys that plugins brought for the network. */
  readonly root: object;
  readonly keys: PluginKeys;
}
