// What docker and podman have in common: their command lines are the same words. Must not start or end an engine.
import { mkdirSync, writeFileSync } from "node:fs";
import { type ContainerEngine, killFirst, must, oncePer, pipeThrough, processesOfGroup, untilServing, verbsOf } from "./real.ts";
import { type RootfsKind, rootfs } from "./rootfs.ts";

/** What tells the two engines apart. */
export interface OciSettings {
  readonly kind: "docker" | "podman";
  readonly env: Readonly<Record<string, string>>;
  /** Options of `run` that every container of this engine needs. */
  readonly runArgs?: readonly string[];
  /** The engine's folder; pages are served from it. */
  readonly folder: string;
  readonly startMs: number;
  stop(): Promise<void>;
}

const WEB = ["httpd", "-f", "-p", "80", "-h", "/www"];
const ONE = ["/server"];
// As docker does by itself: a web server of an ordinary user may take port 80.
const PORT_80_FOR_ALL = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=0"];
const IMPORT = 'tar -C "$1" -c . | "$2" import - "$3"';

/** The engine's face, for a daemon or store that is up. */
export function ociEngine(settings: OciSettings): ContainerEngine {
  const { kind, env, folder } = settings;
  const serving = new Set<string>();
  const call = (...args: string[]) => must([kind, ...args], env);
  const execArgv = (name: string, argv: readonly string[] = []) => [kind, "exec", "-i", name, ...argv];

  const image = oncePer(async (of: RootfsKind) =>
    must(["sh", "-c", IMPORT, "sh", await rootfs(of), kind, `norouter-${of}`], env),
  );
  const processesIn = async (name: string) => {
    const id = (await call("inspect", "--type", "container", "-f", "{{.Id}}", name)).trim();
    return processesOfGroup(new RegExp(id));
  };
  const served = async (name: string) => {
    if (serving.has(name)) await untilServing(name, processesIn);
  };
  const then = verbsOf(call);

  return {
    kind,
    env,
    startMs: settings.startMs,
    execArgv,
    exec: (name, argv, input = "") => pipeThrough(execArgv(name, argv), { env, input }),
    processesIn,
    kill9: async (name) => {
      await killFirst(name, await processesIn(name));
      // The engine hears of it a moment later; for one that it takes to be running, 'start' does nothing.
      await call("wait", name);
    },
    start: then(["start"], served),
    restart: then(["restart", "-t", "0"], served),
    pause: then(["pause"]),
    unpause: then(["unpause"]),
    remove: then(["rm", "-f"]),
    stop: settings.stop,
    run: async ({ name, image: of = "busybox", network = "none", args = [], command }) => {
      await image(of);
      const www = `${folder}/www/${name}`;
      mkdirSync(www, { recursive: true });
      writeFileSync(`${www}/index.html`, `hello from ${name}\n`);
      const fixed = ["--name", name, "--network", network, ...(settings.runArgs ?? [])];
      // A network that is another's has its name and its rules from there.
      if (!/^(?:host$|container:)/.test(network)) fixed.push("--hostname", name, ...PORT_80_FOR_ALL);
      if (of !== "one") fixed.push("-v", `${www}:/www:ro`);
      await call("run", "-d", ...fixed, ...args, `norouter-${of}`, ...(command ?? (of === "one" ? ONE : WEB)));
      if (command === undefined) serving.add(name);
      await served(name);
    },
  };
}
