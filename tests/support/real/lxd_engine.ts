// A private LXD: the daemon with a folder and namespaces of its own, and the real `lxc exec` for transports.
import { mkdirSync, writeFileSync } from "node:fs";
import { descendantsOf } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { pathOf } from "../engines.ts";
import { type Guard, guardedFolder, IN_OWN_NAMESPACES, REMOVE_FOLDER, startGuard } from "./guard.ts";
import {
  type ContainerEngine,
  firstOf,
  killFirst,
  must,
  oncePer,
  pipeThrough,
  processesOfGroup,
  untilServing,
  verbsOf,
} from "./real.ts";
import { type RootfsKind, rootfs } from "./rootfs.ts";

const METADATA = "architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: test}\n";
// tar ends with 1 when a file changed under its hands: another machine's clone of the same files adds a link to each, nothing more.
const PACK = 'tar -cf "$3" -C "$2" metadata.yaml --transform "s,^[.],rootfs," -C "$1" . || [ $? = 1 ]';

// LXD names the control groups of an instance after it, outside of any folder of ours. Only empty ones can be removed.
const REMOVE_GROUPS = `
for name in pivot $(sed 's/^/*./' "$dir/names"); do
  find /sys/fs/cgroup -depth -type d -path "*/lxc.$name*" -exec rmdir {} + 2>/dev/null
done`;

async function prepare(env: { LXD_DIR: string; LXD_CONF: string }): Promise<void> {
  await must(["lxc", "storage", "create", "default", "dir"], env);
  await must(["lxc", "profile", "device", "add", "default", "root", "disk", "path=/", "pool=default"], env);
}

function engineOf(guard: Guard, folder: string, env: Readonly<Record<string, string>>, startMs: number): ContainerEngine {
  const call = (...args: string[]) => must(["lxc", ...args], env);
  const execArgv = (name: string, argv: readonly string[] = []) => ["lxc", "exec", name, "--", ...argv];
  const image = oncePer(async (of: RootfsKind) => {
    const tar = `${folder}/${of}.tar`;
    await must(["sh", "-c", PACK, "sh", await rootfs(of), folder, tar]);
    await call("image", "import", tar, "--alias", `norouter-${of}`);
  });
  const processesIn = async (name: string) => {
    const mine = new Set(descendantsOf(guard.pid).map((p) => p.pid));
    return processesOfGroup(new RegExp(`/lxc\\.payload\\.${name}(-\\d+)?(/|$)`, "m")).filter((p) => mine.has(p.pid));
  };
  const served = (name: string) => untilServing(name, processesIn);
  const then = verbsOf(call);
  const start = async (name: string) => {
    // for a moment after a kill it is "busy running a stop operation"
    await waitFor(() => call("start", name).then(() => true), { what: `LXD to start "${name}"`, everyMs: 50 });
    await served(name);
  };
  return {
    kind: "lxd",
    env,
    startMs,
    execArgv,
    // Not `lxc exec`: before LXD 5.14 it now and then loses the last output of a command that ends (canonical/lxd#11890).
    exec: async (name, argv, input = "") => {
      const { pid } = firstOf(await processesIn(name)) ?? {};
      if (pid === undefined) return { code: 1, signal: null, stdout: Buffer.alloc(0), stderr: `"${name}" does not run` };
      return pipeThrough(["nsenter", "--target", `${pid}`, "--all", "--root", "--wd", "--", ...argv], { input });
    },
    processesIn,
    kill9: async (name) => killFirst(name, await processesIn(name)),
    start,
    restart: then(["restart", "-f"], served),
    pause: then(["pause"]),
    unpause: then(["start"]),
    remove: then(["delete", "-f"]),
    stop: guard.stop,
    run: async ({ name, image: of = "busybox", args = [] }) => {
      await image(of);
      writeFileSync(`${folder}/names`, `${name}\n`, { flag: "a" });
      await call("launch", "-q", ...args, `norouter-${of}`, name);
      await served(name);
    },
  };
}

/** Starts an LXD and resolves when it can make containers (about 1 s). Needs root and the tools `lxd`, `lxc`, `busybox`. */
export async function startLxd(): Promise<ContainerEngine> {
  const began = performance.now();
  const folder = guardedFolder("lxd");
  const env = { LXD_DIR: `${folder}/lxd`, LXD_CONF: `${folder}/client` };
  mkdirSync(env.LXD_DIR, { mode: 0o711 });
  mkdirSync(env.LXD_CONF);
  writeFileSync(`${folder}/names`, "");
  writeFileSync(`${folder}/metadata.yaml`, METADATA);
  const lxd = [pathOf("lxd") ?? "lxd", "--group", "root", "--logfile", `${folder}/log`];
  const guard = startGuard(IN_OWN_NAMESPACES + REMOVE_GROUPS + REMOVE_FOLDER, [folder, ...lxd], env);
  const answers = async () => !guard.alive() || (await must(["lxc", "query", "/1.0"], env));
  try {
    await waitFor(answers, { what: "LXD to answer", timeoutMs: 30_000, everyMs: 50 });
    if (!guard.alive()) throw new Error("It ended");
    await prepare(env);
  } catch (cause) {
    await guard.stop();
    throw new Error(`LXD did not start: ${guard.log()}`, { cause });
  }
  return engineOf(guard, folder, env, performance.now() - began);
}
