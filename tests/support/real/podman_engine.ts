// A private podman store. podman has no daemon, so its containers live beside the test and its guard removes them one by one.

import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { guardedFolder, REMOVE_FOLDER, startGuard } from "./guard.ts";
import { ociEngine } from "./oci_engine.ts";
import { type ContainerEngine, must } from "./real.ts";

// crun does not run where control groups of both versions are mounted; limits must not be raised without CAP_SYS_RESOURCE.
const containersConf = (folder: string, hardLimit: string) => `
[containers]
default_ulimits = ["nofile=1024:${hardLimit}", "nproc=32768:32768"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
tmp_dir = "${folder}/tmp"
`;

const storageConf = (folder: string) => `
[storage]
driver = "overlay"
graphroot = "${folder}/graph"
runroot = "${folder}/run"
`;

// A container that ended is still being cleaned up by a podman of its own, which mounts the store once more. All of those have
// the folder in their arguments. A mount may hold others, so the longest path goes first.
// One whose network another has joined may be refused the first time.
const GUARD = `dir=$1; cat >/dev/null
podman rm -f -t 0 -a >/dev/null || podman rm -f -t 0 -a >/dev/null
for try in $(seq 100); do grep -qsa "$dir[/]" /proc/[0-9]*/cmdline || break; sleep 0.1; done
awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r | while read -r m; do umount -l "$m"; done`;

/** Makes a podman store and resolves when podman answers (about 0.3 s). Needs root and the tools `podman`, `runc`, `busybox`. */
export async function startPodman(): Promise<ContainerEngine> {
  const began = performance.now();
  const folder = guardedFolder("podman");
  const env = { CONTAINERS_CONF: `${folder}/containers.conf`, CONTAINERS_STORAGE_CONF: `${folder}/storage.conf` };
  const hardLimit = (await must(["sh", "-c", "ulimit -Hn"])).trim();
  writeFileSync(env.CONTAINERS_CONF, containersConf(folder, hardLimit));
  writeFileSync(env.CONTAINERS_STORAGE_CONF, storageConf(folder));
  const guard = startGuard(GUARD + REMOVE_FOLDER, [folder], env);
  try {
    await must(["podman", "ps"], env);
  } catch (error) {
    await guard.stop();
    throw error;
  }
  const runArgs = ["--cgroup-parent", `/${basename(folder)}`]; // the configuration file has no word for it
  return ociEngine({ kind: "podman", env, folder, runArgs, startMs: performance.now() - began, stop: guard.stop });
}
