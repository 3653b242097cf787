// The peers side by side: each leads from an address of its own to the target, by another way.

import { connect } from "node:net";
import process from "node:process";
import { descendantsOf } from "../conformance/support/processes.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { type Child, startChild } from "../tests/support/child.ts";
import { entryOf, programArgv } from "../tests/support/cli.ts";
import { has } from "../tests/support/engines.ts";
import { freePort } from "../tests/support/free_port.ts";
import { startNetwork } from "../tests/support/network.ts";
import { startServe } from "../tests/support/serve.ts";
import type { Sshd } from "../tests/support/sshd.ts";
import type { Address } from "./jobs.ts";
import { BEFORE } from "./table.ts";

/** A process of a peer, for the memory measure: one at the entrance, or one at the target's side. */
export interface Role {
  readonly role: "manager" | "agent";
  readonly pid: number;
}

/** A started peer. */
export interface Running extends Address {
  readonly pids: readonly Role[];
  stop(): Promise<void>;
}

/** One way to the target. */
export interface Peer {
  readonly name: string;
  /** How many processes stand in the way. */
  readonly hops: number;
  /** Whether all its streams share the processes it starts with. */
  readonly longLived: boolean;
  /** Starts it; resolves when a connection to its address goes through. */
  start(target: Address): Promise<Running>;
}

/** Only the address of a started peer, as a job wants it. */
export function addressOf({ host, port, through }: Address): Address {
  return { host, port, ...(through ? { through } : {}) };
}

/** Resolves when something listens. */
async function listening(at: Address, child: Child): Promise<void> {
  const attempt = () =>
    new Promise<boolean>((resolve, reject) => {
      const socket = connect(at, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", reject);
    });
  await waitFor(attempt, { what: `a listener on port ${at.port}; ${child.stderr()}`, everyMs: 2 });
}

/** No way at all: the target itself. */
export const direct: Peer = {
  name: "direct",
  hops: 0,
  longLived: false,
  start: (target) => Promise.resolve({ ...target, pids: [], stop: () => Promise.resolve() }),
};

/** The fastest that OpenSSH has on common processors, and the one it takes when nobody chooses. */
export const SSH_CIPHERS = { fastest: "aes128-gcm@openssh.com", usual: "chacha20-poly1305@openssh.com" } as const;

/** `ssh -L`, or the SOCKS proxy `ssh -D`, through a running sshd that has both ciphers. */
export function ssh(sshd: Sshd, option: "-L" | "-D", cipher: keyof typeof SSH_CIPHERS = "fastest"): Peer {
  const [program = "ssh", ...words] = sshd.command;
  return {
    name: `ssh ${option}${cipher === "usual" ? " usual" : ""}`,
    hops: 2,
    longLived: option === "-L",
    start: async (target) => {
      const at = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
      const before = new Set(descendantsOf(sshd.pid).map((p) => p.pid));
      const forward = `${at.host}:${at.port}${option === "-L" ? `:${target.host}:${target.port}` : ""}`;
      const child = await startChild([
        program,
        "-c",
        SSH_CIPHERS[cipher],
        ...words,
        "-o",
        "ExitOnForwardFailure=yes",
        "-N",
        option,
        forward,
      ]);
      await listening(at, child);
      const sessions = descendantsOf(sshd.pid).filter((p) => !before.has(p.pid));
      const pids: Role[] = [
        { role: "manager", pid: child.pid },
        ...sessions.map((p) => ({ role: "agent" as const, pid: p.pid })),
      ];
      const entrance = option === "-L" ? at : { ...target, through: { kind: "socks" as const, ...at } };
      return { ...entrance, pids, stop: () => child.stop() };
    },
  };
}

// 64 KiB is what a pipe holds; -t: how long the way back may stay open after FIN.
const SOCAT = ["socat", "-b65536", "-t60"];

/** A listener process, pipes through `relays` copies of cat each way, a dialler process: what any such program at least costs. */
export function pipes(relays: 0 | 1): Peer {
  return {
    name: relays === 0 ? "pipes" : "pipes+relay",
    hops: 2 + relays,
    longLived: false,
    start: async (target) => {
      const at = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
      const dial = `${SOCAT.join(" ")} - TCP:${target.host}:${target.port},nodelay`;
      // the inner quotes are socat's own: colons and commas within are not its separators
      const chain = relays === 0 ? `EXEC:"${dial}",pipes` : `SYSTEM:"cat | ${dial} | cat",pipes`;
      const listen = `TCP-LISTEN:${at.port},bind=${at.host},fork,reuseaddr,nodelay,backlog=1024`;
      const child = await startChild([...SOCAT, listen, chain]);
      await listening(at, child);
      return { ...at, pids: [], stop: () => child.stop() };
    },
  };
}

/** A checkout of the program, as a runtime runs it. */
export interface Program {
  /** argv prefix, before a command. */
  readonly argv: readonly string[];
  /** The same for agents; default: as the manager. */
  readonly agentArgv?: readonly string[];
  /** What its peers are called beside the way. */
  readonly suffix?: string;
  /** Number of its networks: VIPs of two do not meet, as all run on one loopback. */
  readonly place: number;
}

const VIP_PORT = 7000;
const PROXY_PORT = 1080;

/** The program's peers by name. */
const WAYS = {
  norouter: { byAgent: false, own: 1, serving: 2, proxy: undefined },
  "norouter a-a": { byAgent: true, own: 3, serving: 4, proxy: undefined },
  "norouter SOCKS": { byAgent: false, own: 5, serving: 6, proxy: "socks" },
  "norouter HTTP": { byAgent: false, own: 7, serving: 8, proxy: "http" },
} as const;

/**
 * The program: from the manager's own host to an agent, by its VIP or through a proxy, or from one agent through the manager to
 * another.
 */
export function norouter(way: keyof typeof WAYS, { argv, agentArgv: cmd = argv, suffix = "", place }: Program): Peer {
  const { byAgent, own, serving, proxy } = WAYS[way];
  const net = `127.${77 + place}.${process.pid % 250}`;
  return {
    name: way + suffix,
    hops: byAgent ? 3 : 2,
    longLived: !proxy,
    start: async (target) => {
      const ports = [`${VIP_PORT}:${target.host}:${target.port}`];
      const at = { host: `${net}.${own}`, port: PROXY_PORT };
      const proxies = proxy ? { [proxy]: { listen: `${at.host}:${at.port}` } } : {};
      const entering = { vip: at.host, ...(byAgent ? { cmd } : {}), ...proxies };
      // One loopback for all: whoever serves the VIP there must be the entering host, or nothing would cross a link.
      const publishing = { vip: `${net}.${serving}`, cmd, ports, loopback: { disable: true } };
      const manifest = { hosts: { entering, serving: publishing } };
      const network = await startNetwork({ manifest, program: argv });
      try {
        await network.ready();
      } catch (error) {
        await network.stop();
        throw error;
      }
      const others = network.processes().filter((p) => p.pid !== network.pid && p.argv.includes("agent"));
      const agents = others.map((p) => ({ role: "agent" as const, pid: p.pid }));
      const pids: Role[] = [{ role: "manager", pid: network.pid }, ...agents];
      const entrance = proxy ? { host: "serving", through: { kind: proxy, ...at } } : { host: `${net}.${serving}` };
      return { ...entrance, port: VIP_PORT, pids, stop: () => network.stop() };
    },
  };
}

/** From the manager's own host to an agent of a 'norouter serve', over TLS. */
export function norouterTls({ argv, suffix = "", place }: Program): Peer {
  const net = `127.${77 + place}.${process.pid % 250}`;
  return {
    name: `norouter TLS${suffix}`,
    hops: 2,
    longLived: true,
    start: async (target) => {
      const serve = await startServe({ program: argv, allow: [`${target.host}:${target.port}`] });
      const ports = [`${VIP_PORT}:${target.host}:${target.port}`];
      const serving = { vip: `${net}.10`, tls: serve.tls, ports };
      const network = await startNetwork({ manifest: { hosts: { entering: { vip: `${net}.9` }, serving } }, program: argv });
      const stop = () => Promise.all([network.stop(), serve.stop()]).then(() => undefined);
      try {
        await network.ready();
      } catch (error) {
        await stop();
        throw error;
      }
      const pids: Role[] = [
        { role: "manager", pid: network.pid },
        { role: "agent", pid: serve.pid },
      ];
      return { host: `${net}.10`, port: VIP_PORT, pids, stop };
    },
  };
}

/**
 * The peers that can run here, references first, and why others cannot.
 * @param against Another checkout of the program, for the same ways beside this one's.
 */
export function peersHere(
  sshd: Sshd | undefined,
  runtime: readonly string[],
  against?: string,
): { peers: Peer[]; missing: string[] } {
  const missing: string[] = [];
  const peers: Peer[] = [direct];
  if (sshd !== undefined) peers.push(ssh(sshd, "-L"), ssh(sshd, "-L", "usual"), ssh(sshd, "-D"));
  else missing.push("ssh -L, ssh -D: no sshd or ssh is installed");
  if (has("socat")) peers.push(pipes(0), pipes(1));
  else missing.push("pipes: socat is not installed");
  const programs: Program[] = [{ argv: programArgv(runtime), place: 0 }];
  if (against !== undefined) programs.push({ argv: [...runtime, entryOf(against)], suffix: BEFORE, place: 1 });
  for (const way of Object.keys(WAYS) as (keyof typeof WAYS)[]) peers.push(...programs.map((program) => norouter(way, program)));
  peers.push(norouterTls({ argv: programArgv(runtime), place: 0 }));
  return { peers, missing };
}
