// The entry of the script that runs a program inside the network, on the engine: `front FOLDER` starts the program, `agent FOLDER` serves
// its host. Must not use a file of its own.

import { rmSync } from "node:fs";
import { createAgent, ERRORS, messageOf, type PluginOnHost } from "../core/mod.ts";
import { type FromFront, fromFront, uplinkOf } from "../inside/agent.ts";
import { planIn } from "../inside/files.ts";
import { runInside } from "../inside/front.ts";
import { tried } from "../inside/trial.ts";
import { insideNames } from "../plugins/dns/inside.ts";
import { insideHost } from "../plugins/inside/host.ts";
import type { InsideSettings } from "../plugins/inside/settings.ts";
import { StandIns } from "../plugins/support/stand_ins.ts";
import { BUILTIN_PARTS } from "./builtin_parts.ts";
import { ownInfo } from "./process/runtime.ts";

const [, script = "", mode, folder = "", how] = process.argv;

/** What this agent runs: what others do, and what needs the program's network. */
function partsOf({ doorway, dnsUdp, dnsTcp }: FromFront): PluginOnHost[] {
  const standIns = new StandIns();
  const asksSystem: Parameters<typeof insideNames>[0]["asksSystem"] = (context) =>
    context.settings<InsideSettings>("inside")?.outside !== "none";
  const names = insideNames({ udp: dnsUdp, tcp: dnsTcp, standIns, asksSystem });
  const own: PluginOnHost[] = [
    { name: "dns", host: { load: async () => names } },
    { name: "inside", host: { load: async () => insideHost({ doorway, standIns }) } },
  ];
  return [...own, ...BUILTIN_PARTS.filter(({ name }) => !own.some((one) => one.name === name))];
}

async function serve(): Promise<number> {
  const plan = planIn(folder);
  const [uplink, front] = await Promise.all([uplinkOf(plan, folder), fromFront(plan, () => process.exit(0))]);
  // All is read, and what is mounted there for the program stays with its mounts.
  rmSync(folder, { recursive: true, force: true });
  return new Promise((resolve) => {
    const peer = createAgent({
      plugins: partsOf(front),
      agent: ownInfo(),
      debug: (line) => void (plan.debug && process.stderr.write(`norouter agent: ${line}\n`)),
      uplink,
      closed: ({ error }) => {
        front.over(error.message, error.code === "link-closed");
        resolve(0);
      },
    });
    peer.start();
  });
}

/** Ends as the program has: a shell tells the two apart. */
function endAs(ending: number): never {
  for (const name of process.eventNames()) if (String(name).startsWith("SIG")) process.removeAllListeners(name);
  if (ending < 0) process.kill(process.pid, -ending);
  process.exit(ending < 0 ? 128 - ending : ending);
}

/** Whatever is not expected is told in a sentence. */
function fail(thrown: unknown): never {
  process.stderr.write(`norouter: ${messageOf(thrown)}\n`);
  process.exit(ERRORS.internal.exit);
}

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
if (mode === "agent") process.exit(await serve());
else if (mode === "try") process.stdout.write(`${JSON.stringify(tried(folder, how === "holding"))}\n`);
else endAs(await runInside(folder, ["norouter", script, "agent", folder]));
