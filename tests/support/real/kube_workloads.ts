// The pods of scaled workloads in the Kubernetes API of the tests: a scale of 0 runs nothing, a scale of 1 runs a command that brings
// the pod's containers up. Tells watchers what changes. Must know nothing of sockets.
import { spawn } from "node:child_process";
import type { Cluster, Pod, Workload } from "./kube_api.ts";
import { fits, labelsOf, namespaceOf } from "./kube_objects.ts";

type Kind = "deployments" | "statefulsets";

/** How far the one pod of a workload is. */
type Stage = "none" | "pending" | "running" | "leaving";

interface State {
  replicas: number;
  generation: number;
  stage: Stage;
}

/** The state of all workloads of a cluster. */
export class Workloads {
  readonly #states = new Map<string, State>();
  readonly #changed: () => void;
  #cluster: Cluster = { pods: {} };

  /** @param changed Called when any object of the cluster is another than before. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Replaces the cluster; workloads that were there keep their scale. */
  set(cluster: Cluster): void {
    this.#cluster = cluster;
    this.#changed();
  }

  /** The cluster as it is now: with the pods that are there, and the numbers of its workloads. */
  now(): Cluster {
    const of = (kind: Kind) =>
      Object.fromEntries(
        Object.entries(this.#cluster[kind] ?? {}).map(([name, workload]) => {
          const { replicas, generation, stage } = this.#state(kind, name, workload);
          return [name, { ...workload, replicas, generation, ready: stage === "running" }] as const;
        }),
      );
    return { ...this.#cluster, pods: this.#pods(), deployments: of("deployments"), statefulsets: of("statefulsets") };
  }

  /** Scales a workload. */
  scale(kind: Kind, name: string, replicas: number): void {
    const workload = this.#cluster[kind]?.[name];
    if (!workload) return;
    const state = this.#state(kind, name, workload);
    state.replicas = replicas;
    state.generation += 1;
    this.#changed();
    this.#settle(workload, state);
  }

  /** Brings the pod to where it is wanted, one step after another. */
  #settle(workload: Workload, state: State): void {
    const { up = ["true"], down = ["true"] } = workload;
    const step = (stage: Stage, argv: readonly string[], then: Stage) => {
      state.stage = stage;
      this.#changed();
      const [program = "", ...args] = argv;
      spawn(program, args, { stdio: "ignore" }).once("close", (code) => {
        state.stage = code === 0 ? then : state.stage;
        this.#changed();
        if (code === 0) this.#settle(workload, state);
      });
    };
    if (state.replicas > 0 && state.stage === "none") step("pending", up, "running");
    if (state.replicas === 0 && state.stage === "running") step("leaving", down, "none");
    if (state.replicas > 0 || state.stage !== "pending" || !workload.waiting) return;
    state.stage = "none"; // it never came up
    this.#changed();
  }

  #state(kind: Kind, name: string, { replicas = 1 }: Workload): State {
    const key = `${kind}/${name}`;
    const state = this.#states.get(key) ?? { replicas, generation: 1, stage: replicas > 0 ? "running" : "none" };
    this.#states.set(key, state);
    return state;
  }

  /** Pods of a workload follow its stage, all others are as they were given. */
  #pods(): Record<string, Pod> {
    const found = Object.entries(this.#cluster.pods).flatMap(([name, pod]) => {
      const owner = this.#ownerOf(name, pod);
      if (owner === undefined) return [[name, pod] as const];
      const { stage, waiting } = owner;
      if (stage === "none") return [];
      if (stage === "pending") return [[name, { ...pod, phase: "Pending", waiting }] as const];
      return [[name, { ...pod, leaving: stage === "leaving" }] as const];
    });
    return Object.fromEntries(found);
  }

  #ownerOf(name: string, pod: Pod): (State & Pick<Workload, "waiting">) | undefined {
    for (const kind of ["deployments", "statefulsets"] as const)
      for (const [owner, workload] of Object.entries(this.#cluster[kind] ?? {})) {
        const labels = Object.entries(workload.selector).map(([key, value]) => `${key}=${value}`);
        const state = this.#state(kind, owner, workload);
        if (namespaceOf(workload) === namespaceOf(pod) && fits(labelsOf(name, pod), labels.join(",")))
          return { ...state, waiting: workload.waiting };
      }
    return undefined;
  }
}
