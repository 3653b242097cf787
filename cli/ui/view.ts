// What a way of showing a network has to offer, and what all ways share.

import {
  ERRORS,
  type HostId,
  type HostState,
  type LinkFailure,
  mends,
  type Network,
  type NetworkEvent,
  type Retry,
  type StartProgress,
  showPlace,
} from "../../core/mod.ts";

/** A way of showing a network to somebody. */
export interface View {
  /** New events and the state after them. */
  show(events: readonly NetworkEvent[], network: Network): void;
  /** How far the start of a host has come. */
  progress(host: HostId, step: StartProgress): void;
  /** The network begins to stop; hosts leave now. */
  stopping(): void;
  /** A line for `--debug`. */
  note(line: string): void;
  /** The network is stopped. */
  close(network: Network): void;
}

/** Every host is ready or has failed at least once, and nobody asked the network to stop. */
export function settled(network: Network): boolean {
  return (
    !network.stopped &&
    network.hosts.size > 0 &&
    [...network.hosts.values()].every(
      ({ phase, retry, failure }) =>
        phase === "ready" || phase === "idle" || retry || (phase === "failed" && !(failure && isOrderly(failure))),
    )
  );
}

/** The hosts, without the services. */
export function hostsOf(network: Network): HostState[] {
  return [...network.hosts.values()].filter(({ service }) => !service);
}

/** Names of the hosts that are ready, that are idle until somebody wants them, or of all others. */
export function namesOf(network: Network, which: "ready" | "idle" | "others"): string[] {
  const groupOf = ({ phase }: HostState) => (phase === "ready" || phase === "idle" ? phase : "others");
  return hostsOf(network)
    .filter((host) => groupOf(host) === which)
    .map(({ name }) => name);
}

/** What a host publishes, a line for each address: what is behind it, and whether it is one of `missing`. */
export function publishedBy({ vip, ports, service }: HostState, missing: ReadonlySet<string>): string[] {
  return ports.map(({ listen, target }) => {
    const address = showPlace({ host: vip, port: listen });
    const behind = service
      ? `port ${listen} of ${service.hosts.length === 1 ? "one host" : `one of ${service.hosts.length} hosts`}`
      : "";
    return `${address} is ${target ? showPlace(target) : behind}${missing.has(address) ? " (its address is not served on this machine)" : ""}`;
  });
}

/**
 * What programs on this machine can use beside VIPs, a line for each thing that a front-end serves: its address, and what is there. Other hosts
 * have their own, of which nothing is said.
 */
export function entranceLines({ local, listeners }: HostState): string[] {
  const served = [...listeners.values()].filter(({ frontend, failure }) => local && frontend !== "loopback" && !failure);
  const alike = Map.groupBy(served, ({ frontend, serves }) => `${frontend} ${serves}`);
  return [...alike.values()].map(([first, ...more]) => {
    const others =
      more.length === 0 ? "" : more.length === 1 ? ", as is one more address" : `, as are ${more.length} more addresses`;
    return `${first?.address} is ${first?.serves}${others}`;
  });
}

/** Why this machine serves no published address at all; undefined where it does, and where none is published. */
export function whyNoneHere({ hosts }: Network): string | undefined {
  const all = [...hosts.values()];
  const own = all.find(({ local }) => local);
  if ((own && isOn(own, "loopback")) || all.every(({ ports }) => ports.length === 0)) return undefined;
  if (own === undefined) return "No host of the manifest is this machine: the addresses answer on the hosts alone";
  const ways = [...(isOn(own, "http") || isOn(own, "socks") ? ["proxies"] : []), ...(isOn(own, "sockets") ? ["sockets"] : [])];
  const way = ways.length > 0 ? `only its ${ways.join(" and ")} lead` : "nothing leads";
  return `Loopback is off for ${own.name}: ${way} to the addresses from here`;
}

/** Whether the host has the key. Its settings are not looked at: the API leaves out what other hosts may not know. */
function isOn({ settings }: HostState, key: string): boolean {
  return Object.hasOwn(settings, key);
}

/** Addresses that this machine could not have; one that is served for what is published there is not among them. */
export function missingHere(network: Network): ReadonlySet<string> {
  const here = [...network.hosts.values()].filter(({ local }) => local);
  const all = here.flatMap(({ listeners }) => [...listeners.values()]);
  const missing = new Set(all.filter(({ failure }) => failure).map(({ address }) => address));
  for (const { frontend, address, failure } of all) if (frontend === "loopback" && !failure) missing.delete(address);
  return missing;
}

/** Nobody failed: the host was told to leave and did. */
export function isOrderly({ code, exitCode = 0, signal }: LinkFailure): boolean {
  return code === "link-closed" && exitCode === 0 && signal === undefined;
}

/** Failures of the host that dials, whatever the destination: told for routes, too. */
const OF_THE_HOST: ReadonlySet<string> = new Set(["too-many-streams", "too-many-names", "too-many-files", "out-of-memory"]);

/** Failures of a target that its host's owner can do something about. */
const TELLING: ReadonlySet<string> = new Set(["refused", "unreachable", "timed-out", "name-not-found", "denied", ...OF_THE_HOST]);

/** How many facts of a host were left out, and why. */
export function droppedText({ count }: { readonly count: number }): string {
  return `${count} ${count === 1 ? "fact was" : "facts were"} left out: the host reports more than it may`;
}

/** Of how many failed connections of one host something is told: who reports failures for ever must not fill a log. */
const TOLD_OF_HOST = 100;

/** Tells lines for a connection that failed at its target: once for each pair of hosts and reason. */
export function streamFailures(): (event: NetworkEvent, network: Network) => string[] {
  const toldOf = new Map<HostId, Set<string>>();
  return (event, network) => {
    if (event.type !== "stream.closed" || event.code === undefined || !TELLING.has(event.code)) return [];
    if (event.routed && !OF_THE_HOST.has(event.code)) return [];
    const told = toldOf.get(event.host) ?? new Set();
    toldOf.set(event.host, told);
    const key = `${event.to} ${event.code}`;
    if (told.has(key) || told.size >= TOLD_OF_HOST) return [];
    told.add(key);
    const [from, to] = [event.host, event.to].map((id) => network.hosts.get(id)?.name ?? "?");
    const { meaning, advice } = ERRORS[event.code];
    return [`${from}: connection to ${to} failed: ${meaning}`, `  ${advice}`];
  };
}

/** Why a host failed, in lines: the sentence, the command, how it ended, its last words, what to do. */
export function failureLines(host: HostState): string[] {
  const { failure } = host;
  if (!failure) return [];
  const line = failure.command ?? host.private?.via;
  const command = line === undefined ? [] : [`command: ${line}`];
  const exit = failure.exitCode === undefined ? [] : [`exit code: ${failure.exitCode}`];
  const signal = failure.signal === undefined ? [] : [`ended by signal ${failure.signal}`];
  const output = failure.stderr.map((line) => `| ${line}`);
  return [...command, ...exit, ...signal, ...output, ERRORS[failure.code].advice];
}

/** When a host that failed is started again, and why it may take long. */
export function retryText({ attempt, delayMs }: Retry, code: LinkFailure["code"]): string {
  const seldom = mends(code) ? "" : "; later less often, as it does not mend by itself";
  return `again in ${secondsText(delayMs)} s (attempt ${attempt})${seldom}`;
}

/** Below ten seconds with tenths, and never nothing: what is over by now is about to begin. */
function secondsText(ms: number): string {
  const tenths = Math.max(1, Math.ceil(ms / 100));
  return tenths < 100 ? (tenths / 10).toFixed(1) : `${Math.ceil(tenths / 10)}`;
}

const MB = 1_000_000;

/** A long start in words, such as "sending agent 12 of 51 MB". */
export function progressText({ what, done, total }: StartProgress): string {
  const digits = total < 10 * MB ? 1 : 0;
  return total === 0 ? what : `${what} ${(done / MB).toFixed(digits)} of ${(total / MB).toFixed(digits)} MB`;
}

/** The host whose start is over, or begins anew, with this event; what was said of its progress is old then. */
export function startOver(event: NetworkEvent): HostId | undefined {
  return event.type === "link.starting" || event.type === "link.opened" || event.type === "link.closed" ? event.host : undefined;
}

/** How many addresses could not be had on one host, and why. */
export function listenerProblems(host: HostState): string[] {
  return [...host.listeners.values()].flatMap(({ failure }) => (failure ? [failure.message] : []));
}
