// A host of a manifest as tests need it.

import type { HostSpec } from "../core/manifest/types.ts";

/** A host that publishes nothing and has no key of a plugin, but for what a test changes. */
export function plainHost(name: string, vip: string, change: Partial<HostSpec>): HostSpec {
  return {
    name,
    vip,
    settings: {},
    ports: [],
    aliases: [],
    keys: {},
    ...change,
  };
}
