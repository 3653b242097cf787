// One host of every kind that a manifest has a key for, on real engines: what to write, how to look inside, how to break it.

import { allProcesses, networkNamespaceOf, type ProcessInfo } from "../../../conformance/support/processes.ts";
import { ONCE } from "../lab.ts";
import { startDocker } from "./docker_engine.ts";
import { startKubeApi } from "./kube_api.ts";
import { startLxd } from "./lxd_engine.ts";
import { startPodman } from "./podman_engine.ts";
import { type ContainerEngine, type ContainerOptions, type Piped, pipeThrough } from "./real.ts";
import { startSshHosts } from "./ssh_hosts.ts";

/** The keys. */
export const KINDS = ["docker", "podman", "lxc", "ssh", "kubectl"] as const;

/** Those that a test takes one by one: all, or docker alone where tests are cut short (what they have in common is tested all the same). */
export const EACH_KIND: readonly Kind[] = ONCE ? ["docker"] : KINDS;

/** One of them. */
export type Kind = (typeof KINDS)[number];

/** The programs that each needs, for `needs`. */
export const NEEDED: Readonly<Record<Kind, readonly string[]>> = {
  docker: ["root", "dockerd", "docker", "busybox"],
  podman: ["root", "podman", "runc", "busybox"],
  lxc: ["root", "lxd", "lxc", "nsenter", "busybox"],
  ssh: ["root", "sshd", "ssh", "ssh-keygen", "ip", "unshare", "busybox"],
  kubectl: ["root", "dockerd", "docker", "kubectl", "busybox"],
};

/** A host that serves `hello from KIND` on its port 80 and has a shell, and nothing more unless told. */
export interface KindHost {
  readonly kind: Kind;
  /** The key of the manifest, with its value. */
  readonly way: Readonly<Record<string, unknown>>;
  /** What the program under test needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The engine, for what only it can do; none behind ssh. */
  readonly engine: ContainerEngine | undefined;
  /** Runs a command there to its end. */
  run(argv: readonly string[]): Promise<Piped>;
  /** The agents that live there, and whatever else norouter has left. */
  agents(): Promise<ProcessInfo[]>;
  /** Ends the host at once, and has it back. */
  bounce(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether a process is an agent, or a shell that looks for one. */
export function isAgent({ argv }: ProcessInfo): boolean {
  return argv.some((word) => word.includes("/.norouter") || word.includes("norouter:")) || argv.join(" ") === "sh";
}

const START: Readonly<Record<"docker" | "podman" | "lxc", () => Promise<ContainerEngine>>> = {
  docker: startDocker,
  podman: startPodman,
  lxc: startLxd,
};

function inContainer(kind: Kind, engine: ContainerEngine, name: string): Omit<KindHost, "way" | "stop"> {
  return {
    kind,
    engine,
    env: engine.env,
    run: (argv) => engine.exec(name, argv),
    agents: async () => (await engine.processesIn(name)).filter(isAgent),
    bounce: async () => {
      await engine.kill9(name);
      await engine.start(name);
    },
  };
}

/** Starts a host of a kind; what runs it is its own. */
export async function startKind(kind: Kind, options: Omit<ContainerOptions, "name"> = {}): Promise<KindHost> {
  if (kind === "ssh") return startSsh();
  if (kind === "kubectl") return startPod(options);
  const engine = await START[kind]();
  await orStop(engine, engine.run({ name: kind, ...options }));
  return { ...inContainer(kind, engine, kind), way: { [kind]: kind }, stop: engine.stop };
}

/** An engine whose container did not start is of no use, and must not keep the test process alive. */
async function orStop(engine: ContainerEngine, running: Promise<void>): Promise<void> {
  try {
    await running;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function startSsh(): Promise<KindHost> {
  const hosts = await startSshHosts([{ name: "ssh" }]);
  const host = hosts.host("ssh");
  const ofHost = ({ pid }: ProcessInfo) => networkNamespaceOf(pid) === networkNamespaceOf(host.pid);
  return {
    kind: "ssh",
    way: { ssh: { host: "ssh", config: hosts.config } },
    env: {},
    engine: undefined,
    run: (argv) => pipeThrough([...hosts.command, "ssh", "--", ...argv]),
    agents: async () => allProcesses().filter((process) => ofHost(process) && isAgent(process)),
    bounce: async () => {
      await host.stopSshd();
      await host.cutSessions();
      await host.startSshd();
    },
    stop: hosts.stop,
  };
}

/** A pod whose one container is docker's. */
async function startPod(options: Omit<ContainerOptions, "name">): Promise<KindHost> {
  const engine = await startDocker();
  await orStop(engine, engine.run({ name: "kubectl", ...options }));
  const [address] = Object.entries(engine.env).map(([name, value]) => `${name}=${value}`);
  const prefix = ["env", address ?? "", "docker", "exec", "-i", "kubectl"];
  const api = await startKubeApi({ pods: { "web-0": { containers: { main: prefix } } } });
  return {
    ...inContainer("kubectl", engine, "kubectl"),
    way: { kubectl: { pod: "web-0", namespace: "default", container: "main" } },
    env: api.env,
    stop: async () => {
      await api.stop();
      await engine.stop();
    },
  };
}
