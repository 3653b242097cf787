// Machines for tests that only ssh leads to: each with an address, an sshd and (unless told otherwise) a file system of its own in
// which there is a shell and no JavaScript runtime. None of them reaches another.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { descendantsOf, listensIn } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { messageOf } from "../../../core/errors.ts";
import { endAll } from "../ending.ts";
import { keptFolder } from "./guard.ts";
import { must } from "./real.ts";
import { writeClientFiles } from "./ssh_files.ts";
import { type Machine, startMachine } from "./ssh_machine.ts";

/** What a machine is made of. */
export interface SshHostOptions {
  /** Its alias in the ssh configuration, its host name and its page: `hello from NAME`. */
  readonly name: string;
  /** Its file system: `busybox` (default), `node`, or `host` for this machine's own. */
  readonly files?: "busybox" | "node" | "host";
}

/** A running machine. */
export interface SshHost {
  readonly name: string;
  /** Its address, at which its sshd listens on port 22. */
  readonly address: string;
  /** This machine's address on the cable to it. */
  readonly near: string;
  /** The first process in its namespaces. */
  readonly pid: number;
  /** Its root folder as this machine sees it; `/` with `files: "host"`. */
  readonly root: string;
  /** Ends its sshd, so that new connections are refused; those that are open stay. */
  stopSshd(): Promise<void>;
  /** Starts its sshd again. */
  startSshd(): Promise<void>;
  /** Kills all sessions: their connections are closed. */
  cutSessions(): Promise<void>;
  /** Takes it off the network (or puts it back): packets to it are lost, and connections hang. */
  setSilent(silent: boolean): Promise<void>;
  /** Makes the cable slow: so many Mbit/s each way, by `tc`. */
  setRate(mbits: number): Promise<void>;
  /** Bytes of all packets to it so far, with their headers. */
  sentBytes(): number;
  /** Processes of its sessions, as argv: what was started over ssh and still lives. */
  sessionProcesses(): readonly (readonly string[])[];
}

/** All machines of a test. */
export interface SshHosts {
  /**
   * The configuration file: `ssh -F FILE NAME`. Besides each NAME there are NAME-wrong-key (a key the server does not know),
   * NAME-changed (another host key on record), NAME-unknown (no host key on record), NAME-locked (a key with a passphrase),
   * NAME-jump (through a jump host that refuses) and NAME-user (uid 1000). All in batch mode, strict about host keys.
   */
  readonly config: string;
  /** argv prefix of a login: `["ssh", "-F", config, "-T"]`. */
  readonly command: readonly string[];
  readonly startMs: number;
  /** The machine of that name. Throws when there is none. */
  host(name: string): SshHost;
  /** Ends all of them. Safe to call twice. */
  stop(): Promise<void>;
}

const SSH_PORT = 22;

function hostOf(machine: Machine): SshHost {
  const { name, address, near, root, pid, guard } = machine;
  const daemons = () => descendantsOf(guard.pid).filter((p) => p.argv.some((word) => word.includes("sshd")));
  const listening = () => listensIn(machine.pid, SSH_PORT);
  const sessions = () => {
    const heads = daemons().filter((p) => p.argv[0]?.startsWith("sshd:") === true && !p.argv[0].includes("[listener]"));
    return heads.flatMap((p) => [p, ...descendantsOf(p.pid)]);
  };
  return {
    name,
    address,
    near,
    pid,
    root,
    startSshd: async () => {
      machine.tell("sshd");
      await waitFor(listening, { what: `sshd of "${name}" to listen` });
    },
    stopSshd: async () => {
      machine.tell("no-sshd");
      await waitFor(() => !listening(), { what: `sshd of "${name}" to end` });
    },
    cutSessions: () => endAll(sessions(), 0),
    setSilent: (silent) => machine.setLink(!silent),
    setRate: (mbits) => machine.setRate(mbits),
    sentBytes: () => machine.sentBytes(),
    sessionProcesses: () =>
      sessions()
        .filter((p) => p.argv[0]?.startsWith("sshd:") !== true)
        .map((p) => p.argv),
  };
}

/** Starts machines and resolves when a login to each works (about 0.5 s). Needs root and the tools `sshd`, `ssh`, `ssh-keygen`,
 * `ip`, `unshare`, `busybox`. */
export async function startSshHosts(options: readonly SshHostOptions[]): Promise<SshHosts> {
  const began = performance.now();
  const dir = keptFolder("ssh-keys");
  const machines: Machine[] = [];
  const stop = async () => {
    try {
      await Promise.all(machines.map((machine) => machine.guard.stop()));
    } finally {
      dir.remove();
    }
  };
  try {
    const keys = ["id", "other", "locked"].map((name) => [name, name === "locked" ? "secret" : ""] as const);
    for (const [name, passphrase] of keys)
      await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", `${dir.path}/${name}`]);
    writeFileSync(`${dir.path}/authorized_keys`, ["id", "locked"].map((key) => readFileSync(`${dir.path}/${key}.pub`)).join(""));
    const started = options.map(({ name, files = "busybox" }) => startMachine(name, files, dir.path));
    const settled = await Promise.allSettled(started);
    for (const one of settled) if (one.status === "fulfilled") machines.push(one.value);
    await Promise.all(started); // the first that failed
    const config = writeClientFiles(dir.path, machines);
    const command = ["ssh", "-F", config, "-T"];
    const hosts = new Map(machines.map((machine) => [machine.name, hostOf(machine)]));
    await Promise.all([...hosts.values()].map((host) => host.startSshd()));
    await Promise.all(machines.map(({ name }) => must([...command, name, "true"])));
    const host = (name: string) => {
      const found = hosts.get(name);
      if (found === undefined) throw new Error(`No machine "${name}" in ${basename(config)}`);
      return found;
    };
    return { config, command, startMs: performance.now() - began, host, stop };
  } catch (cause) {
    const what = `The machines did not start: ${messageOf(cause)}; ${machines.map((m) => m.guard.log()).join("")}`;
    await stop();
    throw new Error(what, { cause });
  }
}
