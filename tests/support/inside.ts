// An ordinary user with a network and programs inside it, by the real command line. As root, that user is 65534.

import { chownSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { agentEngine } from "../../agents/engine.ts";
import { allProcesses, type ProcessInfo, processesWithEnvironment } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, type Finished, type RunOptions, runToEnd, startChild } from "./child.ts";
import { agentArgv, PROJECT, programArgv, runtimeArgv } from "./cli.ts";
import { withoutEngine } from "./engine/agent.ts";
import { needs } from "./engines.ts";
import { vip } from "./lab.ts";
import { tempDir } from "./lifetime.ts";
import { type Network, startNetwork } from "./network.ts";
import { unreadable } from "./real/rootless_podman.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** For `skip`: why no program can be run inside here; the tools are further ones that a test needs. */
export async function withoutInside(...tools: string[]): Promise<string | false> {
  return needs("userns", ...(isRoot ? ["setpriv"] : []), ...tools) || (await withoutEngine()) || (isRoot && (await unreadable()));
}

/** A user with a network. */
export interface InsideLab {
  readonly network: Network;
  /** The user's home. */
  readonly home: string;
  readonly uid: number;
  /** Words before a command of that user, on the machine. */
  readonly as: readonly string[];
  /** The words that run a program inside; options of `norouter exec` go first. */
  execArgv(program: readonly string[], options?: readonly string[]): string[];
  /** Runs a program inside to its end. */
  exec(program: readonly string[], options?: readonly string[], run?: RunOptions): Promise<Finished>;
  /** Starts one, under a name of its own; resolves when its host is ready. */
  start(name: string, program: readonly string[], options?: readonly string[]): Promise<Child>;
  /** What a host publishes; empty for one that is not there. */
  portsOf(host: string): Promise<readonly number[]>;
  /** Runs a command line of the program as that user. */
  norouter(...words: string[]): Promise<Finished>;
  /** Processes of programs inside and what runs them. */
  processes(): ProcessInfo[];
  stop(): Promise<void>;
}

/** How a lab is made. */
export interface InsideOptions {
  /** Added to the manifest. */
  readonly manifest?: object;
  /** The user has a shell, as one who logs in needs; this takes root. */
  readonly hasShell?: boolean;
}

/** Mounts $1 as the list of users, in mounts of its own, and goes on with the rest. */
const WITH_USERS = ["unshare", "--mount", "--", "sh", "-c", 'mount --bind "$1" /etc/passwd && shift && exec "$@"', "sh"];

/**
 * Starts a network of the manager's own host, VIP 1, and `far`, an agent of this machine, VIP 2, which publishes these ports.
 * @param ports as in a manifest
 */
export async function startInside(ports: readonly string[], { manifest, hasShell }: InsideOptions = {}): Promise<InsideLab> {
  const home = tempDir("inside", 0o755).path;
  const uid = isRoot ? NOBODY : (process.getuid?.() ?? 0);
  const setpriv = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"] : [];
  const users = `${home}/passwd`;
  writeFileSync(users, `root:x:0:0::/root:/bin/sh\nsomebody:x:${NOBODY}:${NOBODY}::${home}:/bin/sh\n`);
  const drop = hasShell ? [...WITH_USERS, users, ...setpriv] : setpriv;
  await shareEngine(join(home, "cache"));
  mkdirSync(join(home, "tmp"));
  if (isRoot) chownAll(home);
  const mark = `NOROUTER_TEST_INSIDE=${home}`;
  const settings = [
    `PATH=${process.env.PATH}`,
    `HOME=${home}`,
    `XDG_CACHE_HOME=${home}/cache`,
    `XDG_STATE_HOME=${home}/state`,
    `TMPDIR=${home}/tmp`,
  ];
  const as = [...drop, "env", "-i", "-C", home, ...settings, mark];
  const loopback = { disable: true };
  const far = { vip: vip(2), cmd: agentArgv(), loopback, ports };
  const hosts = { here: { vip: vip(1) }, far };
  const options = { args: ["--no-journal"], folder: home, runtime: [...as, ...runtimeArgv()] };
  const network = await startNetwork({ manifest: { hosts, ...manifest }, ...options });
  const program = [...as, ...programArgv()];
  const execArgv: InsideLab["execArgv"] = (words, options = []) => [...program, "exec", ...options, "--", ...words];
  const norouter = (...words: string[]) => runToEnd([...program, ...words], { cwd: PROJECT });
  await network.ready();
  return {
    network,
    home,
    uid,
    as,
    execArgv,
    exec: (words, options, run) => runToEnd(execArgv(words, options), run),
    async start(name, words, options = []) {
      const child = await startChild(execArgv(words, ["--host", name, ...options]));
      const ended = child.exited.then(({ code }) => {
        throw new Error(`"${name}" ended with ${code}: ${child.stderr()}`);
      });
      const isReady = async () => (await norouter("status", "--json")).stdout.includes(`"name": "${name}"`);
      await Promise.race([waitFor(isReady, { what: `host "${name}"`, everyMs: 50 }), ended]);
      ended.catch(() => undefined);
      return child;
    },
    async portsOf(host) {
      const { stdout } = await norouter("status", "--json");
      const { hosts: all } = JSON.parse(stdout) as { readonly hosts: readonly { name: string; ports: { listen: number }[] }[] };
      return all.find(({ name }) => name === host)?.ports.map(({ listen }) => listen) ?? [];
    },
    norouter,
    processes: () =>
      processesWithEnvironment(mark).filter(
        ({ argv }) => argv.some((word) => word.includes("inside.mjs")) || argv.includes("exec"),
      ),
    stop: () => network.stop(),
  };
}

/** The user finds the engine that this one has, and does not build it again. */
async function shareEngine(cache: string): Promise<void> {
  const { path } = await agentEngine({ os: process.platform, arch: process.arch }, () => undefined);
  if (path.startsWith(PROJECT)) return;
  const version = dirname(dirname(path));
  const place = join(cache, "norouter/engines", version.slice(version.lastIndexOf("/") + 1));
  mkdirSync(place, { recursive: true });
  cpSync(version, place, { recursive: true });
}

function chownAll(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }) as string[]) chownSync(join(folder, name), NOBODY, NOBODY);
  chownSync(folder, NOBODY, NOBODY);
}

/** Resolves when no process of a lab's programs is left. */
export function nothingLeft(lab: InsideLab): Promise<unknown> {
  return waitFor(() => lab.processes().length === 0, { what: "all processes of programs inside to end" });
}

/** Processes whose words are these. */
export function processesOfWords(words: readonly string[]): ProcessInfo[] {
  return allProcesses().filter(({ argv }) => argv.join(" ") === words.join(" "));
}
