// A Kubernetes API of the tests' own in front of real containers: as much of it as the real `kubectl exec` and `kubectl get pods`
// ask for, with the errors of a real one. Needs kubectl 1.31 or later: those speak WebSocket (v5.channel.k8s.io).
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../../conformance/support/wait.ts";
import { startChild } from "../child.ts";
import { runtimeArgv } from "../cli.ts";
import { keptFolder } from "./guard.ts";

/** A pod of the cluster. */
export interface Pod {
  /** Default `default`. */
  readonly namespace?: string;
  /** Default `{ app: NAME }`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default `Running`. A `Pending` one is not on a machine yet, a `Succeeded` or `Failed` one is over. */
  readonly phase?: "Running" | "Pending" | "Succeeded" | "Failed";
  /** Its containers do not run at the moment, as between two restarts; its phase is still `Running`. */
  readonly down?: boolean;
  /** Its containers by name, the first is the default: the argv prefix that runs a command in each. */
  readonly containers: Readonly<Record<string, readonly string[]>>;
  /** Where ephemeral containers run: argv prefix of docker's tool, and the container whose network is the pod's. */
  readonly ephemeral?: { readonly tool: readonly string[]; readonly beside: string };
  /** Why its containers wait, such as `ImagePullBackOff`. */
  readonly waiting?: string | undefined;
  /** It is being deleted. */
  readonly leaving?: boolean;
}

/** A deployment or a stateful set of the cluster: its pod is the one that has these labels. */
export interface Workload {
  /** Default `default`. */
  readonly namespace?: string;
  readonly selector: Readonly<Record<string, string>>;
  /** At the beginning; default 1. Of none, there is no pod. */
  readonly replicas?: number;
  /** The command that brings the pod's containers up, and the one that ends them. */
  readonly up?: readonly string[];
  readonly down?: readonly string[];
  /** Why the pod's containers wait while it is pending. */
  readonly waiting?: string | undefined;
  readonly generation?: number;
  readonly ready?: boolean;
}

/** What the cluster holds and how it answers. */
export interface Cluster {
  readonly pods: Readonly<Record<string, Pod>>;
  readonly deployments?: Readonly<Record<string, Workload>>;
  readonly statefulsets?: Readonly<Record<string, Workload>>;
  /**
   * `login`: nobody is let in. `exec`: everything is allowed but running commands. `pods`: not even looking at pods. `ephemeral`:
   * everything but adding ephemeral containers.
   */
  readonly refuse?: "login" | "exec" | "pods" | "ephemeral";
}

/** A running API. */
export interface KubeApi {
  /** A kubeconfig file whose only context is `test`. */
  readonly kubeconfig: string;
  /** What kubectl, and so the program under test, needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly startMs: number;
  /** Changes the cluster; resolves when the next request sees it. */
  set(cluster: Cluster): Promise<void>;
  /** What the API was asked so far, a line each: `GET /api/v1/...`. */
  requests(): string[];
  /** Ends it and the commands it runs; the kubeconfig stays, so that kubectl finds nobody there. */
  end(): Promise<void>;
  /** Ends it and deletes the kubeconfig. Safe to call twice. */
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("./kube_api_main.ts", import.meta.url));

/** The text of a kubeconfig file for an API on this machine. */
export function kubeconfigText(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "user", user: { token: "test" } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "user" } }],
    "current-context": "test",
  });
}

/** Starts an API (about 0.1 s), in a process of Node 24 whatever this one runs on. */
export async function startKubeApi(cluster: Cluster): Promise<KubeApi> {
  const began = performance.now();
  const folder = keptFolder("kube", 0o700);
  const kubeconfig = `${folder.path}/config`;
  const child = await startChild([...runtimeArgv("node24"), MAIN]);
  let lines: string[] = [];
  let rest = "";
  child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines = [...lines, ...parts];
  });
  const answers = (word: string) => lines.filter((line) => line.startsWith(`${word} `));
  let sets = 0;
  const set = async (next: Cluster) => {
    sets += 1;
    child.process.stdin?.write(`${JSON.stringify(next)}\n`);
    const taken = () => {
      if (child.process.exitCode !== null) throw new Error(child.stderr());
      return answers("ready").length >= sets;
    };
    await waitFor(taken, { what: "the Kubernetes API to take its cluster" });
  };
  const end = () => child.stop();
  const stop = async () => {
    await end();
    folder.remove();
  };
  try {
    await set(cluster);
  } catch (error) {
    await stop();
    throw error;
  }
  const port = Number(answers("ready")[0]?.split(" ")[1]);
  writeFileSync(kubeconfig, kubeconfigText(port));
  const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: `${folder.path}/cache` };
  const requests = () => answers("asked").map((line) => line.slice("asked ".length));
  return { kubeconfig, env, port, startMs: performance.now() - began, set, requests, end, stop };
}
