// A real OpenSSH server for tests: own keys, own port on 127.0.0.1, the current user only; or inside a test host.

import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs";
import process from "node:process";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, runToEnd, startChild } from "./child.ts";
import { pathOf } from "./engines.ts";
import { freePort } from "./free_port.ts";
import { tempDir } from "./lifetime.ts";
import type { Host } from "./userns_lab.ts";

/** What the server is like. */
export interface SshdOptions {
  /** Ciphers both sides offer, as in `ssh -c`; default OpenSSH's own list. */
  readonly ciphers?: string;
  /** Further settings of the server, as in `sshd -o`. */
  readonly settings?: readonly string[];
  /** Runs inside this host and is reached through `nc` in it; default on this machine's loopback. */
  readonly host?: Host;
}

/** A running server. */
export interface Sshd {
  /** argv prefix that logs in: `[...command, "--", "uname"]`; further options such as `-N -L` may stand before the `--`. */
  readonly command: readonly string[];
  readonly port: number;
  readonly pid: number;
  /** What the server logged, the last 64 KiB. */
  log(): string;
  /** Ends it and its sessions, deletes its keys. Safe to call twice. */
  stop(): Promise<void>;
}

const HOST_PORT = 2222;
// sshd run by uid 0 needs more ids than a namespace with one id has; run by another uid it needs none.
const AS_LAB = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"];

async function makeKeys(folder: string, owner: number): Promise<void> {
  for (const name of ["id", "hostkey"]) {
    const made = await runToEnd(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${folder}/${name}`]);
    if (made.code !== 0) throw new Error(`No key was made: ${made.stderr}`);
  }
  copyFileSync(`${folder}/id.pub`, `${folder}/authorized_keys`);
  chmodSync(`${folder}/authorized_keys`, 0o644);
  if (process.getuid?.() === 0) for (const name of ["hostkey", "authorized_keys"]) chownSync(`${folder}/${name}`, owner, owner);
}

function sshdArgv(folder: string, port: number, { ciphers, settings: further = [] }: SshdOptions): string[] {
  const settings = ["ListenAddress=127.0.0.1", "PidFile=none", `AuthorizedKeysFile=${folder}/authorized_keys`, "StrictModes=no"];
  settings.push("UsePAM=no", "PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "PermitRootLogin=prohibit-password");
  settings.push("MaxSessions=100", "MaxStartups=100", "UseDNS=no", "PrintMotd=no", "PrintLastLog=no");
  if (ciphers !== undefined) settings.push(`Ciphers=${ciphers}`);
  settings.push(...further);
  const sshd = pathOf("sshd") ?? "sshd"; // sshd re-executes itself, so it wants its full path
  return [sshd, "-D", "-e", "-f", "/dev/null", "-h", `${folder}/hostkey`, "-p", `${port}`, ...settings.flatMap((s) => ["-o", s])];
}

async function userName(): Promise<string> {
  return (await runToEnd(["id", "-un"])).stdout.trim(); // os.userInfo() says "unknown" on Bun without $USER
}

function sshArgv(folder: string, port: number, user: string, options: SshdOptions): string[] {
  const settings = ["IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  settings.push("BatchMode=yes", "GlobalKnownHostsFile=/dev/null");
  if (options.ciphers !== undefined) settings.push(`Ciphers=${options.ciphers}`);
  if (options.host !== undefined)
    settings.push(`ProxyCommand=${[...options.host.enter, "nc", "127.0.0.1", `${port}`].join(" ")}`);
  return ["ssh", "-F", "none", "-i", `${folder}/id`, "-p", `${port}`, ...settings.flatMap((s) => ["-o", s]), `${user}@127.0.0.1`];
}

async function untilLoginWorks(child: Child, command: readonly string[]): Promise<void> {
  await waitFor(
    async () => {
      if (child.process.exitCode !== null) throw new Error(child.stderr());
      const tried = await runToEnd([...command, "--", "true"]);
      if (tried.code !== 0) throw new Error(tried.stderr + child.stderr());
      return true;
    },
    { what: "sshd to let the test's user in", timeoutMs: 15_000, everyMs: 50 },
  );
}

/** Starts a server and resolves when a login works. Needs the tools `sshd`, `ssh`, `ssh-keygen`, and `nc` for one inside a host. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = tempDir("sshd", 0o755);
  const { host } = options;
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 }); // its privilege separation folder
  let child: Child | undefined;
  const stop = async () => {
    await child?.stop();
    dir.remove();
  };
  try {
    await makeKeys(dir.path, host?.uid ?? process.getuid?.() ?? 0);
    const port = host === undefined ? await freePort("127.0.0.1") : HOST_PORT;
    const argv = sshdArgv(dir.path, port, options);
    const started = await startChild(host === undefined ? argv : [...host.enter, ...AS_LAB, ...argv]);
    child = started;
    started.process.stdout?.resume();
    const command = sshArgv(dir.path, port, host === undefined ? await userName() : "lab", options);
    await untilLoginWorks(started, command);
    return { command, port, pid: started.pid, log: started.stderr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
