// The key `dns` of a host in the manifest.

import { parseListen, settingsOf } from "../../core/manifest/keys/mod.ts";
import type { HostSpec, PluginKey } from "../../core/mod.ts";
import { isInside } from "../support/inside_host.ts";
import { checkOpen } from "../support/open_checks.ts";

const schema = settingsOf({
  unknown: "warn",
  fields: {
    listen: {
      type: "text",
      parse: parseListen,
      pattern: /^.+:[0-9]+$/,
      description: "Address and port of the name server on the host, UDP and TCP; the port is served on every VIP as well.",
      fallback: "127.0.0.1:10053",
    },
    disable: {
      type: "flag",
      description:
        "True: the host has no name server. Unless set, it has one exactly where 'loopback' is on. It answers other hosts all the same.",
    },
  },
});

/** The name server of a host, as the manifest has it. */
export interface DnsSpec {
  /** `address:port`. */
  readonly listen: string;
  readonly disable?: boolean;
}

/** Whether a host has a name server: unless it says so, where the addresses of the network are served, too. */
export function hasNameServer(host: HostSpec, { disable }: DnsSpec): boolean {
  const { keys } = host;
  if (isInside(host)) return false;
  const loopback = keys.loopback as { readonly disable: boolean } | undefined;
  return !(disable ?? loopback?.disable ?? true);
}

/** The name server of a host. */
export const dnsKey: PluginKey<DnsSpec> = {
  name: "dns",
  description: "Name server on the host.",
  template: true,
  fallback: {},
  schema,
  expose: (settings, { host }) => (host && hasNameServer(host, settings) ? { own: { listen: settings.listen } } : undefined),
  check: (manifest, note) => {
    const hosts = manifest.hosts.filter((host) => host.keys.dns && hasNameServer(host, host.keys.dns as DnsSpec));
    const advice = () => "Listen on 127.0.0.1";
    checkOpen<DnsSpec>({ ...manifest, hosts }, note, { key: "dns", what: "Name server", isOpen: () => true, advice });
  },
};
