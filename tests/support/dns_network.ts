// A network whose hosts have name servers, and who each know other names outside of it.

import { isIP } from "node:net";
import { hostPlugin } from "../../conformance/host_plugin.ts";
import { settingsAt } from "../../core/ledger/settings.ts";
import type { Overrides } from "../../core/limits.ts";
import type { HostSpec, RouteSpec } from "../../core/manifest/types.ts";
import type { Stream } from "../../core/mux/stream.ts";
import type { HostContext } from "../../core/plugin/host_context.ts";
import type { Plugin } from "../../core/plugin/plugin.ts";
import { namesEgress } from "../../plugins/dns/answer_far.ts";
import { namesFrontEnd } from "../../plugins/dns/front_end.ts";
import { dnsKey } from "../../plugins/dns/key.ts";
import { DNS_LIMIT_ROWS } from "../../plugins/dns/limits.ts";
import type { NameSources } from "../../plugins/dns/sources.ts";
import type { DnsSettings } from "../../plugins/dns/system_servers.ts";
import { lookUps } from "../../plugins/support/look_up.ts";
import { addressOf, type EnteredNetwork, enteredNetwork } from "./entered_network.ts";
import { freePort } from "./free_port.ts";
import type { Address } from "./servers.ts";
import { ownVip } from "./tcp_network.ts";

/** What a host of a test knows outside of the network. */
export interface Knows {
  /** Its name servers, as they are now. */
  readonly servers?: () => readonly Address[];
  /** What its programs find: addresses of names, `fail` for what cannot be known now; all else is unknown. */
  readonly names?: Readonly<Record<string, readonly string[] | "fail" | "never" | (() => Promise<readonly string[]>)>>;
}

/** What the network is made of. */
export interface DnsNetworkOptions {
  /** The first is the manager's own, and has the name server that is asked unless `dns` of others says more. */
  readonly hosts: Readonly<Record<string, Partial<HostSpec>>>;
  readonly routes?: readonly RouteSpec[];
  readonly knows?: Readonly<Record<string, Knows>>;
  readonly limits?: Overrides;
}

/** A started network, and where the first host's name server is. */
export interface DnsNetwork extends EnteredNetwork {
  readonly server: Address;
  /** Names that programs of hosts looked up, as `host name`. */
  readonly lookups: readonly string[];
  /** Streams that hosts were asked on, in order, at the ends of those hosts. */
  readonly streams: readonly Stream[];
}

/** Starts one; the name server of the first host listens on a free port of an own address. */
export async function dnsNetwork({ hosts, knows = {}, ...options }: DnsNetworkOptions): Promise<DnsNetwork> {
  const [first = "", ...others] = Object.keys(hosts);
  const host = ownVip();
  const listen = `${host}:${await freePort(host)}`;
  const lookups: string[] = [];
  const changed = {
    [first]: { ...hosts[first], keys: { dns: { listen, disable: false }, ...hosts[first]?.keys } },
    ...Object.fromEntries(others.map((name) => [name, hosts[name] ?? {}])),
  };
  const streams: Stream[] = [];
  const plugin = testPlugin(knows, lookups, streams);
  const network = await enteredNetwork({ hosts: changed, plugins: [plugin], listening: ["dns"], ...options });
  return {
    ...network,
    server: addressOf(settingsAt<DnsSettings>(network.state(first), "dns")?.listen ?? listen),
    lookups,
    streams,
  };
}

/** Runs a body on a network; afterwards nothing of it is left. */
export async function onDnsNetwork(options: DnsNetworkOptions, body: (network: DnsNetwork) => Promise<void>): Promise<void> {
  const network = await dnsNetwork(options);
  try {
    await body(network);
  } finally {
    await network.stop();
  }
}

/** The plugin with what each host knows instead of what this machine knows. */
function testPlugin(knows: Readonly<Record<string, Knows>>, lookups: string[], streams: Stream[]): Plugin {
  const sources = (context: HostContext): NameSources => ({
    servers: () => (knows[context.self().name]?.servers?.() ?? []).map(({ host, port }) => ({ address: host, port })),
    lookup: lookUps(async (name) => {
      lookups.push(`${context.self().name} ${name}`);
      const known = knows[context.self().name]?.names?.[name];
      const found = typeof known === "function" ? await known() : known;
      if (found === "fail") throw Object.assign(new Error("try again"), { code: "EAI_AGAIN" });
      if (found === "never") return new Promise(() => undefined);
      if (!found) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
      return found.map((address) => ({ address, family: isIP(address) }));
    }, 100),
  });
  const plugin = hostPlugin("dns", (context) => {
    context.frontEnd((host) => namesFrontEnd(host, sources(host), "dns"));
    context.egress((host) => {
      const egress = namesEgress(host, sources(host), "dns");
      const open = (stream: Stream) => {
        streams.push(stream);
        egress.open(stream);
      };
      return { ...egress, open };
    });
  });
  return {
    ...plugin,
    setup(context) {
      context.hostKey(dnsKey);
      context.limits(DNS_LIMIT_ROWS);
    },
  };
}
