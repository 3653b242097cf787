// Hosts of their own joined into one network by the real program: the set-up that most end-to-end tests begin with.
import process from "node:process";
import { networkNamespaceOf, type ProcessInfo } from "../../conformance/support/processes.ts";
import type { Overrides } from "../../core/limits.ts";
import { agentArgv } from "./cli.ts";
import { type Network, type NetworkEvent, type NetworkOptions, startNetwork } from "./network.ts";
import { type Probe, startProbe } from "./probe.ts";
import { type Host, type HostOptions, startUsernsHost } from "./userns_lab.ts";

const quick = process.env.NOROUTER_TEST_QUICK;

/** Whether transfers are cut to a part: `NOROUTER_TEST_QUICK` is `1`, or `amounts` where tests that run once are run all the same. */
export const QUICK: boolean = quick === "1" || quick === "amounts";

/** For `skip`, of tests whose subject is the same whatever runtime the manager has: they run where tests are not cut short. */
export const ONCE: string | false = quick === "1" && "run in full only, as it is the same on every runtime";

/** The port that `publish` gives a host's web server. */
export const WEB_PORT = 8080;

/** An address for host number `n` that no other test process on this machine uses. */
export function vip(n: number): string {
  return `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}.${n}`;
}

/** The command that runs an agent in a host. */
export function agentIn(host: Host): string[] {
  return [...host.enter, ...agentArgv()];
}

/** A host's command as `"$@"` of a shell script, for agents that are started in an odd way. */
export function throughShell(script: string, command: readonly string[]): string[] {
  return ["sh", "-c", script, "sh", ...command];
}

/** One entry of a manifest. */
export interface HostEntry {
  readonly vip: string;
  readonly cmd?: readonly string[];
  readonly ports?: readonly string[];
  readonly loopback?: { readonly disable: boolean };
  readonly aliases?: readonly string[];
  readonly http?: ProxyEntry;
  readonly socks?: ProxyEntry;
  readonly dns?: { readonly listen?: string; readonly disable?: boolean };
  readonly stateDir?: { readonly pathOnAgent?: string; readonly disable?: boolean };
  readonly writeEtcHosts?: boolean;
}

/** A proxy of a host. */
export interface ProxyEntry {
  readonly listen: string;
  readonly outside?: "direct" | "refuse";
  readonly auth?: { readonly user: string; readonly password: string };
}

/** What a lab is made of. */
export interface LabOptions {
  /** One host each, numbered from 1 for `vip`. */
  readonly names: readonly string[];
  /** Ports that each host publishes beside its web server, as `LISTEN:IP:PORT`. */
  readonly ports?: readonly string[];
  /** Default `nginx`. */
  readonly web?: HostOptions["web"];
  /** Further entries of the manifest. */
  readonly also?: Readonly<Record<string, HostEntry>>;
  /** Added to the entries of hosts, by name. */
  readonly entrances?: (host: Host) => Omit<HostEntry, "vip" | "cmd" | "ports">;
  readonly routes?: readonly object[];
  readonly limits?: Overrides;
  /** Replaces the command of a host. */
  readonly command?: (host: Host, agent: string[]) => readonly string[];
  readonly network?: Omit<NetworkOptions, "manifest">;
  /** Starts no probes. */
  readonly bare?: boolean;
}

/** Hosts, what runs in them, and their network. */
export interface Lab {
  readonly hosts: readonly Host[];
  readonly network: Network;
  /** The probe in a host, by number from 1. */
  probe(n: number): Probe;
  /** The host by number from 1. */
  host(n: number): Host;
  /** Ends everything. Safe to call twice. */
  stop(): Promise<void>;
}

function entriesOf(hosts: readonly Host[], options: LabOptions): Record<string, HostEntry> {
  const web = options.web === "none" ? [] : [`${WEB_PORT}:127.0.0.1:80`];
  const command = options.command ?? ((_, agent) => agent);
  const own = hosts.map((host, index) => {
    const ports = [...web, ...(options.ports ?? [])];
    const entry = { vip: vip(index + 1), cmd: command(host, agentIn(host)), ports, ...options.entrances?.(host) };
    return [host.name, entry] as const;
  });
  return { ...Object.fromEntries(own), ...options.also };
}

function nth<T>(list: readonly T[], n: number): T {
  const found = list[n - 1];
  if (found === undefined) throw new Error(`There is no number ${n}`);
  return found;
}

/** Starts hosts, probes and network; resolves when every host is ready or has failed. Needs `userns`, and `nginx` unless `web` is none. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const kept = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  try {
    const { routes = [], limits = {} } = options;
    const web = options.web === undefined ? {} : { web: options.web };
    const hosts = await Promise.all(options.names.map((name) => kept(startUsernsHost({ name, ...web }))));
    const probes = options.bare ? [] : await Promise.all(hosts.map((host) => kept(startProbe(host))));
    const network = await kept(
      startNetwork({ manifest: { hosts: entriesOf(hosts, options), routes, limits }, ...options.network }),
    );
    await network.ready();
    return { hosts, network, probe: (n) => nth(probes, n), host: (n) => nth(hosts, n), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the network's log says about links that ended and addresses that could not be had. */
export function failuresIn(network: Network): NetworkEvent[] {
  return network.events.filter(({ type }) => type === "link.closed" || type === "frontend.failed" || type === "policy.refused");
}

/** The agents of a network that live now, wherever they run. */
export function agentsOf(network: Network): ProcessInfo[] {
  return network
    .processes()
    .filter((p) => p.argv.at(-1) === "agent" && p.argv.at(-2) === agentArgv().at(-1) && !p.argv.includes("-c"));
}

/** The agent that runs in a host. */
export function agentOf(network: Network, host: Host): ProcessInfo {
  const namespace = networkNamespaceOf(host.pid);
  const found = agentsOf(network).find((p) => networkNamespaceOf(p.pid) === namespace);
  if (found === undefined) throw new Error(`No agent runs in "${host.name}"`);
  return found;
}

/** Starts once, at the first call, so that the start counts to a test and not to a hook (Bun gives hooks five seconds). */
export function lazy<T extends { stop(): Promise<void> }>(start: () => Promise<T>): { get(): Promise<T>; stop(): Promise<void> } {
  let started: Promise<T> | undefined;
  return {
    get: () => {
      started ??= start();
      return started;
    },
    stop: async () => {
      const one = await started?.catch(() => undefined);
      await one?.stop();
    },
  };
}
