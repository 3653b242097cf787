// What a way of showing a network has to offer, and what all ways share. Must not print.

import { ERRORS, type HostState, type Network, type NetworkEvent } from "../../core/mod.ts";

/** A way of showing a network to somebody. */
export interface View {
  /** New events and the state after them. */
  show(events: readonly NetworkEvent[], network: Network): void;
  /** A line for `--debug`. */
  note(line: string): void;
  /** The network is stopped. */
  close(network: Network): void;
}

/** Every host is ready or has failed, and nobody asked the network to stop. */
export function settled(network: Network): boolean {
  return (
    !network.stopped &&
    network.hosts.size > 0 &&
    [...network.hosts.values()].every(({ phase }) => phase === "ready" || phase === "failed")
  );
}

/** Names of the hosts in a phase. */
export function namesIn(network: Network, phase: HostState["phase"]): string[] {
  return [...network.hosts.values()].filter((host) => host.phase === phase).map(({ name }) => name);
}

/** One address of the network and what is behind it. */
export interface Reachable {
  /** `vip:port`. */
  readonly address: string;
  readonly name: string;
  /** `host:port` as seen from the publishing host. */
  readonly target: string;
}

/** What a host publishes. */
export function reachable({ name, vip, ports }: HostState): Reachable[] {
  return ports.map(({ listen, target }) => ({ address: `${vip}:${listen}`, name, target: target ? formatTarget(target) : "" }));
}

/** Why a host failed, in lines: the sentence, the command, how it ended, its last words, what to do. */
export function failureLines(host: HostState): string[] {
  const { failure } = host;
  if (!failure) return [];
  const command = host.private ? [`command: ${host.private.via} agent`] : [];
  const exit = failure.exitCode === undefined ? [] : [`exit code: ${failure.exitCode}`];
  const signal = failure.signal === undefined ? [] : [`ended by signal ${failure.signal}`];
  const output = failure.stderr.map((line) => `| ${line}`);
  return [...command, ...exit, ...signal, ...output, ERRORS[failure.code].advice];
}

/** How many addresses could not be had on one host, and why. */
export function listenerProblems(host: HostState): string[] {
  return [...host.listeners.values()].flatMap(({ failure }) => (failure ? [failure.message] : []));
}

function formatTarget({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
