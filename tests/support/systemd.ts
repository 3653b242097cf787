// A real systemd of a test's own: the user manager, in process and mount namespaces, with control groups of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { childrenOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Finished, runToEnd, startChild } from "./child.ts";
import { tempDir } from "./lifetime.ts";

const SYSTEMD = "/lib/systemd/systemd";
/** The user manager runs only where systemd has booted and has a control group to itself. */
const PREPARE = [
  "mount -t tmpfs t /run && mkdir -p /run/systemd/system",
  "mount -t cgroup2 c /sys/fs/cgroup && mkdir /sys/fs/cgroup/$NAME && echo $$ >/sys/fs/cgroup/$NAME/cgroup.procs",
  "umount /sys/fs/cgroup && unshare --cgroup sh -c 'mount -t cgroup2 c /sys/fs/cgroup && exec \"$@\"' sh",
].join(" && ");

const REMOVE = 'mount -t cgroup2 c /sys/fs/cgroup && find "/sys/fs/cgroup/$NAME" -depth -type d -exec rmdir {} +';

/** A started systemd. */
export interface Systemd {
  /** Runs `systemctl --user`. */
  systemctl(...words: string[]): Promise<Finished>;
  /** A property of a unit, such as `ActiveState`. */
  property(unit: string, name: string): Promise<string>;
  /** Writes a unit and loads it. */
  unit(name: string, text: string): Promise<void>;
  /** Ends it with everything that it started. */
  stop(): Promise<void>;
}

/** Starts systemd; needs root and the tools `systemctl`, `unshare` and `nsenter`. */
export async function startSystemd(): Promise<Systemd> {
  const dir = tempDir("systemd");
  const units = `${dir.path}/home/.config/systemd/user`;
  const env = {
    XDG_RUNTIME_DIR: `${dir.path}/run`,
    HOME: `${dir.path}/home`,
    XDG_CONFIG_HOME: `${dir.path}/home/.config`,
    NAME: basename(dir.path),
  };
  for (const folder of [units, env.XDG_RUNTIME_DIR]) mkdirSync(folder, { recursive: true });
  const script = `${PREPARE} ${SYSTEMD} --user --log-target=console --unit=basic.target; exit`;
  const namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"];
  const child = await startChild([...namespaces, "sh", "-c", script], { env });
  const inside = await waitFor(() => childrenOf(child.pid)[0], { what: "the namespaces" });
  const systemctl = (...words: string[]) =>
    runToEnd(["nsenter", "-t", `${inside.pid}`, "--pid", "--mount", "systemctl", "--user", ...words], { env });
  const systemd: Systemd = {
    systemctl,
    property: async (unit, name) => (await systemctl("show", "--value", "--property", name, unit)).stdout.trim(),
    async unit(name, text) {
      writeFileSync(`${units}/${name}`, text);
      await systemctl("daemon-reload");
    },
    async stop() {
      await child.stop();
      const removed = await runToEnd(["unshare", "--mount", "sh", "-c", REMOVE], { env });
      dir.remove();
      if (removed.code !== 0) throw new Error(`Control groups stay: ${removed.stderr}`);
    },
  };
  const running = async () => (await systemctl("is-system-running")).stdout === "running\n";
  await waitFor(running, { what: "systemd to run" }).catch(async (error: unknown) => {
    await systemd.stop();
    throw new Error(`${String(error)}: ${child.stderr()}`);
  });
  return systemd;
}
