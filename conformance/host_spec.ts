// A host of a manifest as tests need it.

import type { HostSpec } from "../core/manifest/types.ts";

/** A host that publishes nothing and serves nothing on its loopback addresses, but for what a test changes. */
export function plainHost(name: string, vip: string, change: Partial<HostSpec>): HostSpec {
  return {
    name,
    vip,
    settings: {},
    ports: [],
    aliases: [],
    http: undefined,
    socks: undefined,
    dns: { listen: "127.0.0.1:10053", disable: true },
    loopback: { disable: true },
    stateDir: { pathOnAgent: "", disable: true },
    writeEtcHosts: false,
    ...change,
  };
}
