// A podman store of an ordinary user, who has no further ids: everything in a container is that user. Needs root to become that user.

import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { runToEnd } from "../child.ts";
import { PROJECT } from "../cli.ts";
import { guardedFolder, startGuard } from "./guard.ts";
import { must } from "./real.ts";
import { rootfs } from "./rootfs.ts";

const NOBODY = 65_534;

/** The store. */
export interface RootlessPodman {
  /** argv prefix of a command as its user, who sees none of this process's environment. */
  readonly as: readonly string[];
  /** The user's home. */
  readonly home: string;
  /** Runs podman to its end as its user. */
  podman(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

const containersConf = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=32768:32768"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
`;

const storageConf = (home: string) => `
[storage]
driver = "vfs"
graphroot = "${home}/graph"
runroot = "${home}/run/store"
[storage.options.vfs]
ignore_chown_errors = "true"
`;

// The process that holds the user's namespace stays behind, as its number in `pause.pid` says.
const GUARD = `dir=$1; shift; cat >/dev/null
"$@" podman rm -f -t 0 -a >/dev/null
for file in $(find "$dir" -name pause.pid); do kill -9 "$(cat "$file")"; done
rm -rf --one-file-system "$dir"`;

/** Why the program cannot run as that user; false: it can. */
export async function unreadable(): Promise<string | false> {
  const test = [
    "setpriv",
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    "--",
    "test",
    "-r",
    `${PROJECT}/package.json`,
  ];
  return (await runToEnd(test)).code === 0 ? false : `user ${NOBODY} cannot read the project`;
}

/** Makes the store, with the image `norouter-one`. Needs the tools `podman`, `runc`, `setpriv` and `gcc`. */
export async function startRootlessPodman(): Promise<RootlessPodman> {
  const folder = guardedFolder("rootless");
  const home = `${folder}/home`;
  mkdirSync(`${home}/run`, { recursive: true, mode: 0o700 });
  writeFileSync(`${home}/containers.conf`, containersConf);
  writeFileSync(`${home}/storage.conf`, storageConf(home));
  for (const path of [home, `${home}/run`, `${home}/containers.conf`, `${home}/storage.conf`]) chownSync(path, NOBODY, NOBODY);
  const env = [`PATH=${process.env.PATH}`, `HOME=${home}`, `XDG_RUNTIME_DIR=${home}/run`, `XDG_STATE_HOME=${home}/state`];
  env.push(`CONTAINERS_CONF=${home}/containers.conf`, `CONTAINERS_STORAGE_CONF=${home}/storage.conf`);
  const as = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--", "env", "-i", "-C", home, ...env];
  const guard = startGuard(GUARD, [folder, ...as]);
  const podman = (...words: string[]) => must([...as, "podman", ...words]);
  try {
    const image = 'tar -C "$1" -c . | { shift; "$@" podman import -q - norouter-one; }';
    await must(["sh", "-c", image, "sh", await rootfs("one"), ...as]);
  } catch (error) {
    await guard.stop();
    throw error;
  }
  return { as, home, podman, stop: guard.stop };
}
