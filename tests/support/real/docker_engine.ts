// A private docker engine: dockerd with a socket, data and namespaces of its own, so nothing of this machine's network changes.
import { basename } from "node:path";
import { waitFor } from "../../../conformance/support/wait.ts";
import { pathOf } from "../engines.ts";
import { guardedFolder, IN_OWN_NAMESPACES, REMOVE_FOLDER, startGuard } from "./guard.ts";
import { ociEngine } from "./oci_engine.ts";
import { type ContainerEngine, must } from "./real.ts";

function dockerdArgv(folder: string): string[] {
  const own = ["--host", `unix://${folder}/docker.sock`, "--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`];
  own.push("--pidfile", `${folder}/pid`, "--config-file", "", "--log-level", "error");
  const network = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
  const groups = ["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", `/${basename(folder)}`];
  return [pathOf("dockerd") ?? "dockerd", ...own, ...network, ...groups];
}

/** Starts a docker engine and resolves when it answers (about 0.4 s). Needs root and the tools `dockerd`, `docker`, `busybox`. */
export async function startDocker(): Promise<ContainerEngine> {
  const began = performance.now();
  const folder = guardedFolder("docker");
  const guard = startGuard(IN_OWN_NAMESPACES + REMOVE_FOLDER, [folder, ...dockerdArgv(folder)]);
  const env = { DOCKER_HOST: `unix://${folder}/docker.sock` };
  const answers = async () => !guard.alive() || (await must(["docker", "version"], env));
  try {
    await waitFor(answers, { what: "dockerd to answer", timeoutMs: 20_000, everyMs: 30 });
    if (!guard.alive()) throw new Error("It ended");
  } catch (cause) {
    await guard.stop();
    throw new Error(`dockerd did not start: ${guard.log()}`, { cause });
  }
  return ociEngine({ kind: "docker", env, folder, startMs: performance.now() - began, stop: guard.stop });
}
