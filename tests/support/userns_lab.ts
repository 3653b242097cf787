// Hosts for tests: each a user, network and mount namespace of an unprivileged user, with its own loopback, names and web server.
//
// Who it runs as: not root, oneself; root, user 65534 when that one can read the project, else (a clone in a closed folder
// of root's) root's uid without a capability outside the namespace. Inside, that user is uid 0 and no other id exists.
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { allProcesses, childrenOf, listensIn, networkNamespaceOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, type Finished, type RunOptions, runToEnd, startChild } from "./child.ts";
import { PROJECT } from "./cli.ts";
import { endAll, signalAll } from "./ending.ts";
import { onEnd, tempDir } from "./lifetime.ts";
import { nginxArgv } from "./web.ts";

const NOBODY = 65534;

/** What a host is made of. */
export interface HostOptions {
  /** Its name, for its web page (`hello from NAME`) and messages. */
  readonly name: string;
  /** What serves its page: nginx, nothing, or another server's argv. Default nginx. */
  readonly web?: "nginx" | "none" | readonly string[];
  /** The web server's port on 127.0.0.1, default 80. */
  readonly port?: number;
  /** Whose uid it has outside; default as the head of this file says. */
  readonly as?: "nobody" | "self";
}

/** A running host. */
export interface Host {
  readonly name: string;
  /** The process that holds its namespaces. */
  readonly pid: number;
  /** Its user's uid outside the namespace. */
  readonly uid: number;
  /** A folder of its own: HOME in it, `www/` is the web server's root, `resolv.conf`, `hosts` and `passwd` are its /etc files. */
  readonly home: string;
  /** argv prefix that runs a command in it, in the project's folder. */
  readonly enter: readonly string[];
  /** Runs a command in it to its end. */
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Whether something listens on a TCP port in it, on any address. */
  listens(port: number): boolean;
  /** Ends every process in it and deletes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

// $1: folder; the rest: the server. Ends with its standard input, so also when the test process was killed.
const HOLDER = `set -e; home=$1; shift
ip link set lo up; echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
for f in resolv.conf hosts passwd; do mount --bind "$home/$f" /etc/$f; done
[ $# = 0 ] || { "$@" >&2 & }
echo ready; cat >/dev/null; kill $! 2>/dev/null || :`;

function drop(uid: number): string[] {
  if (process.getuid?.() !== 0 || uid === 0) return [];
  return ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
}

function mayRead(uid: number, home: string): boolean {
  const test = '[ -r "$1" ] && [ -x "$2" ] && [ -w "$3" ]';
  const [program = "sh", ...args] = [...drop(uid), "sh", "-c", test, "sh", `${PROJECT}/package.json`, process.execPath, home];
  return spawnSync(program, args).status === 0;
}

function writeFiles(home: string, name: string): void {
  mkdirSync(`${home}/www`);
  writeFileSync(`${home}/www/index.html`, `hello from ${name}\n`);
  writeFileSync(`${home}/resolv.conf`, "nameserver 127.0.0.1\n");
  writeFileSync(`${home}/hosts`, `127.0.0.1 localhost ${name}\n::1 localhost\n`);
  // "lab" is for an sshd that runs under a second id, see sshd.ts
  writeFileSync(`${home}/passwd`, `root:x:0:0::${home}:/bin/sh\nlab:x:1000:1000::${home}:/bin/sh\n`);
}

/** Picks the uid, and gives it the folder. */
function settle(home: string, as: HostOptions["as"]): number {
  const self = process.getuid?.() ?? 0;
  if (self !== 0 || as === "self") return self;
  const mine = [home, `${home}/www`, ...["www/index.html", "resolv.conf", "hosts", "passwd"].map((f) => `${home}/${f}`)];
  for (const path of mine) chownSync(path, NOBODY, NOBODY);
  if (as === "nobody" || mayRead(NOBODY, home)) return NOBODY;
  for (const path of mine) chownSync(path, 0, 0);
  return 0;
}

function serverArgv(options: HostOptions, home: string): readonly string[] {
  if (options.web === "none") return [];
  if (typeof options.web === "object") return options.web;
  return nginxArgv(home, options.port ?? 80);
}

/** Starts the process that holds the namespaces, and its web server; rejects, with what they wrote, when they do not come up. */
async function startHolder(options: HostOptions, uid: number, home: string): Promise<Child> {
  const server = serverArgv(options, home);
  const unshare = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--"];
  const holder = await startChild([...drop(uid), ...unshare, "sh", "-c", HOLDER, "sh", home, ...server], { cwd: PROJECT });
  let ready = false;
  holder.process.stdout?.once("data", () => {
    ready = true;
  });
  const alone = () => childrenOf(holder.pid).every((p) => p.argv[0] === "cat");
  const failed = () => holder.process.exitCode !== null || (ready && server.length > 0 && alone());
  const up = () => ready && (server.length === 0 || listensIn(holder.pid, options.port ?? 80));
  try {
    await waitFor(() => failed() || up(), { what: `host "${options.name}" to start` });
    if (failed()) throw new Error("A process of it ended");
    return holder;
  } catch (error) {
    await holder.stop();
    throw new Error(`Host "${options.name}" did not start: ${holder.stderr()}`, { cause: error });
  }
}

/** Starts a host and resolves when its web server listens (about 50 ms). Needs the tools `userns`, and `nginx` unless told otherwise. */
export async function startUsernsHost(options: HostOptions): Promise<Host> {
  const dir = tempDir(`host-${options.name}`, 0o755);
  const home = dir.path;
  writeFiles(home, options.name);
  const uid = settle(home, options.as);
  const holder = await startHolder(options, uid, home).catch((error: unknown) => {
    dir.remove();
    throw error;
  });
  const pid = holder.pid;
  const namespace = networkNamespaceOf(pid);
  const own = namespace !== undefined && namespace !== networkNamespaceOf(process.pid);
  const inside = () => (own ? allProcesses().filter((p) => networkNamespaceOf(p.pid) === namespace) : []);
  const forget = onEnd(() => signalAll(inside(), "SIGKILL"));
  const stop = async () => {
    await endAll(inside());
    await holder.stop();
    forget();
    dir.remove();
  };
  const enter = [...drop(uid), "nsenter", "-t", `${pid}`, "--preserve-credentials", "-U", "-n", "-m", "--"];
  enter.push("env", "-C", PROJECT, `HOME=${home}`, `XDG_RUNTIME_DIR=${home}`, `TMPDIR=${home}`);
  const run: Host["run"] = (argv, more) => runToEnd([...enter, ...argv], more);
  return { name: options.name, pid, uid, home, enter, run, listens: (port) => listensIn(pid, port), stop };
}
