// The ephemeral containers of the tests' cluster: real containers of docker that share the network of the pod's own. They can be added and
// never be removed, as in a real cluster.
import { spawn } from "node:child_process";
import type { Pod } from "./kube_api.ts";

interface State {
  readonly running?: object;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason: string; readonly message?: string };
}

/** One of a pod. */
export interface Ephemeral {
  /** As it was asked for. */
  readonly spec: { readonly name: string; readonly image: string; readonly command?: readonly string[] };
  state: State;
}

/** Runs docker to its end; what it printed, on either output. */
function ended(argv: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: -1, said: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 137, said: said.trim() }));
  });
}

async function live(one: Ephemeral, { tool, beside }: NonNullable<Pod["ephemeral"]>): Promise<void> {
  const { name, image, command = [] } = one.spec;
  const [entry = "", ...args] = command;
  const how = ["--name", name, "--network", `container:${beside}`, "--pull", "never", "--entrypoint", entry];
  const { code, said } = await ended([...tool, "run", "-d", ...how, image, ...args]);
  if (code === 125) one.state = { waiting: { reason: "ErrImagePull", message: said } };
  else if (code !== 0)
    one.state = { terminated: { exitCode: 128, reason: "StartError", message: /failed to create .*/.exec(said)?.[0] ?? said } };
  else {
    one.state = { running: {} };
    const exit = await ended([...tool, "wait", name]);
    one.state = { terminated: { exitCode: Number(exit.said), reason: exit.said === "0" ? "Completed" : "Error" } };
  }
}

/** All of them, by the names of their pods. */
export class Ephemerals {
  readonly #pods = new Map<string, Ephemeral[]>();

  of(pod: string): readonly Ephemeral[] {
    return this.#pods.get(pod) ?? [];
  }

  /** Takes a strategic merge patch of `pods/NAME/ephemeralcontainers`: what is new in it is started. */
  patch(name: string, ephemeral: NonNullable<Pod["ephemeral"]>, body: string): void {
    const patch = JSON.parse(body) as { readonly spec?: { readonly ephemeralContainers?: readonly Ephemeral["spec"][] } };
    const there = this.#pods.get(name) ?? [];
    this.#pods.set(name, there);
    for (const spec of patch.spec?.ephemeralContainers ?? []) {
      if (there.some((one) => one.spec.name === spec.name)) continue;
      const one: Ephemeral = { spec, state: { waiting: { reason: "ContainerCreating" } } };
      there.push(one);
      void live(one, ephemeral);
    }
  }
}
