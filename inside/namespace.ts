// Makes this process one of a new network, with the addresses, routes and rules that a program inside needs. What cannot be had is
// told with the step that failed.

import {
  beginListening,
  bind,
  close,
  errorText,
  getgid,
  getuid,
  keepCapability,
  mount,
  open,
  openSocket,
  setOption,
  unshare,
  write,
} from "engine:host";
import type { EtcTexts } from "./etc.ts";
import { mountEtc } from "./etc_mounts.ts";
import { addAddress, bytesOf, makeAllLocal, startLo } from "./netlink/links.ts";
import { takeQueue } from "./netlink/queue.ts";
import { DIVERTED, divertingRules, holdingRules, nameRules, type OwnAddresses } from "./netlink/rules.ts";
import { NETLINK, openNetlink, perform, performOnce } from "./netlink/socket.ts";
import { must } from "./set_up_error.ts";

const [NEW_MOUNTS, NEW_USER, NEW_NETWORK] = [0x20000, 0x10000000, 0x40000000];
const [PRIVATE, RECURSIVE] = [1 << 18, 1 << 14];
const WRITE_ONLY = 1;
const NET_BIND_SERVICE = 10;
const [INET, INET6] = [2, 10];
const [STREAM, DATAGRAM] = [1, 2];
const SOCKET_LEVEL = 1;
const [REUSE_ADDRESS, RECEIVE_BUFFER, RECEIVE_BUFFER_FORCE] = [2, 8, 33];
const QUEUE_BYTES = 16 * 1024 * 1024;
const [IP_LEVEL, IP_TRANSPARENT] = [0, 19];
const [IPV6_LEVEL, IPV6_TRANSPARENT, IPV6_ONLY] = [41, 75, 26];
const BACKLOG = 4096;
const DNS_PORT = 53;
/** An address of the host's own for IPv6, in a network that nobody else has. */
const VIP6 = "fd00:6e6f:726f:7574::1";

/** What a namespace is to be. */
export interface NamespacePlan {
  readonly vip: string;
  /** Files of `/etc` that differ, by their names. */
  readonly etc: EtcTexts;
  /** Where a file system of its own is mounted, which nothing outside sees. */
  readonly folder: string;
  /** False: connections are not held. */
  readonly holds: boolean;
}

/** Descriptors that were made within, and what could not be had. */
export interface Namespace {
  readonly tcp4: number;
  readonly tcp6: number;
  readonly dnsUdp: number;
  readonly dnsTcp: number;
  /** For sets of nftables. */
  readonly rules: number;
  /** For sock_diag. */
  readonly sockets: number;
  /** Undefined: connections are made before their targets are known to answer. */
  readonly queue: number | undefined;
  /** What the namespace does without, and why. */
  readonly lacks: readonly string[];
}

/**
 * Enters new namespaces for users, networks and mounts, and sets them up. The user and group stay.
 * @throws SetUpError
 */
export function enterNamespace(plan: NamespacePlan): Namespace {
  const [uid, gid] = [getuid(), getgid()];
  must("new namespaces", unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS));
  put("/proc/self/setgroups", "deny");
  must("the map of users", put("/proc/self/uid_map", `${uid} ${uid} 1\n`));
  must("the map of groups", put("/proc/self/gid_map", `${gid} ${gid} 1\n`));
  must("private mounts", mount("none", "/", "", RECURSIVE | PRIVATE, ""));
  const lacks: string[] = [];
  setUpAddresses(plan);
  setUpPorts(lacks);
  mountEtc(plan.etc, plan.folder, lacks);
  return { ...openSockets(), ...setUpRules(plan, lacks), lacks };
}

/** Writes into a file that is there. */
function put(path: string, text: string): number {
  const fd = open(path, WRITE_ONLY, 0);
  if (fd < 0) return fd;
  const written = write(fd, Buffer.from(text), 0);
  close(fd);
  return written;
}

function setUpAddresses({ vip }: NamespacePlan): void {
  const requests = [startLo(1), ...[vip, VIP6].map((own, at) => addAddress(bytesOf(own), 2 + at))];
  for (const request of requests) must("the interface lo", performOnce(NETLINK.route, [request]));
  for (const own of [vip, VIP6]) must("routes", performOnce(NETLINK.route, [makeAllLocal(bytesOf(own), 1)]));
}

/** Any program may listen below 1024, ping, and bind addresses that are none of its own. */
function setUpPorts(lacks: string[]): void {
  const isOpen = put("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0\n") >= 0;
  if (!isOpen && keepCapability(NET_BIND_SERVICE) < 0) lacks.push("ports below 1024: /proc/sys is read-only");
  put("/proc/sys/net/ipv6/ip_nonlocal_bind", "1\n");
  put("/proc/sys/net/ipv4/ping_group_range", "0 2147483647\n");
}

function listener(family: number, address: string, port: number, options: readonly (readonly [number, number])[]): number {
  const fd = must("a socket", openSocket(family, STREAM, 0));
  for (const [level, option] of [[SOCKET_LEVEL, REUSE_ADDRESS] as const, ...options])
    must("an option of a socket", setOption(fd, level, option, 1));
  must(`${address} port ${port}`, bind(fd, address, port));
  must(`${address} port ${port}`, beginListening(fd, BACKLOG));
  return fd;
}

function openSockets(): Pick<Namespace, "tcp4" | "tcp6" | "dnsUdp" | "dnsTcp" | "sockets"> {
  const dnsUdp = must("a socket", openSocket(INET, DATAGRAM, 0));
  must("the name server's port", bind(dnsUdp, "127.0.0.1", DNS_PORT));
  return {
    tcp4: listener(INET, DIVERTED.address4, DIVERTED.port, [[IP_LEVEL, IP_TRANSPARENT]]),
    tcp6: listener(INET6, VIP6, DIVERTED.port, [
      [IPV6_LEVEL, IPV6_TRANSPARENT],
      [IPV6_LEVEL, IPV6_ONLY],
    ]),
    dnsUdp,
    dnsTcp: listener(INET, "127.0.0.1", DNS_PORT, []),
    sockets: openNetlink(NETLINK.socketDiagnosis),
  };
}

function setUpRules(plan: NamespacePlan, lacks: string[]): Pick<Namespace, "rules" | "queue"> {
  const own = { vip: bytesOf(plan.vip), vip6: bytesOf(VIP6) };
  const rules = openNetlink(NETLINK.netfilter);
  must("rules of nftables", perform(rules, divertingRules(own, 1).requests()));
  const named = perform(rules, nameRules(1).requests());
  if (named < 0) lacks.push(`questions to other name servers: ${errorText(-named)}`);
  return { rules, queue: plan.holds ? takeHeld(rules, own, lacks) : undefined };
}

/** True connects: undefined where the kernel cannot hold packets. */
function takeHeld(rules: number, own: OwnAddresses, lacks: string[]): number | undefined {
  const queue = openNetlink(NETLINK.netfilter);
  // A thousand connections at once: what does not fit is sent again by its sender a second later.
  if (setOption(queue, SOCKET_LEVEL, RECEIVE_BUFFER_FORCE, QUEUE_BYTES) < 0)
    setOption(queue, SOCKET_LEVEL, RECEIVE_BUFFER, QUEUE_BYTES);
  let failed = perform(queue, takeQueue(1));
  if (failed === 0) {
    for (const native of [false, true]) {
      failed = perform(rules, holdingRules(own, native, 1).requests());
      if (failed === 0) return queue;
    }
  }
  close(queue);
  lacks.push(`connections that wait for their targets: ${errorText(-failed)}`);
  return undefined;
}
