// The network's names as lines of a hosts file (hosts(5)). Pure.

import { type HostState, isIpv4, LONGEST_NAME, type Network, namesOf } from "../../core/mod.ts";

/** musl reads lines of up to 511 bytes and takes the rest for lines of their own. */
const LONGEST_LINE = 500;

/** An address and its names as files may hold them. */
export interface HostNames {
  readonly host: HostState;
  readonly vip: string;
  /** Lower case; the host's own first, then its aliases. */
  readonly names: readonly string[];
}

/** Every host of the network. What could end a line early is left out, whoever sent it. */
export function namedHosts({ hosts }: Network): HostNames[] {
  return [...hosts.values()]
    .filter(({ vip }) => isIpv4(vip))
    .map((host) => ({
      host,
      vip: host.vip,
      names: namesOf(host).filter((name) => name.length <= LONGEST_NAME && /^[a-z0-9._-]+$/.test(name)),
    }))
    .filter(({ names }) => names.length > 0);
}

/** `VIP name alias...`, without line ends. A host with very many names has several lines. */
export function hostLines(network: Network): string[] {
  return namedHosts(network).flatMap(({ vip, names }) => {
    const lines: string[] = [];
    let line = vip;
    for (const name of names) {
      if (line !== vip && line.length + 1 + name.length > LONGEST_LINE) {
        lines.push(line);
        line = vip;
      }
      line += ` ${name}`;
    }
    return [...lines, line];
  });
}

/**
 * True when nothing that files tell of hosts has changed: names, addresses, ports. Most changes of a network are of another
 * kind, and there is one for each host that joins.
 */
export function tellsTheSame({ hosts: before }: Network, { hosts: now }: Network): boolean {
  if (before.size !== now.size) return false;
  for (const [id, one] of before) {
    const other = now.get(id);
    if (one.name !== other?.name || one.vip !== other.vip || one.aliases !== other.aliases || one.ports !== other.ports)
      return false;
  }
  return true;
}
