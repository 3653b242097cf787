// One front-end in mounts of its own: takes a play on standard input, acts it and tells on standard output what came of it.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { text } from "node:stream/consumers";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { etcHostsFrontEnd } from "../../plugins/etc_hosts/host.ts";
import { stateDirHost } from "../../plugins/state_dir/host.ts";
import type { Outcome, Play } from "./mounts_lab.ts";

const { etcHosts, stateDir, steps } = JSON.parse(await text(process.stdin)) as Play;
const make = etcHosts === undefined ? frontEndOf(stateDirHost) : etcHostsFrontEnd(etcHosts);
const lone = loneFrontEnd(make, {
  ...(etcHosts === undefined ? {} : { writeEtcHosts: {} }),
  ...(stateDir === undefined ? {} : { stateDir: { pathOnAgent: stateDir } }),
});
const outputs: string[] = [];
for (const step of steps) {
  if (step === "stop") await lone.frontEnd.stop();
  else if (typeof step !== "string")
    await lone.show(...step.map((name, at) => ({ name, vip: `127.0.42.${at + 1}`, aliases: [] })));
  else outputs.push(spawnSync("sh", ["-c", step], { encoding: "utf8" }).stdout);
}
const outcome: Outcome = { facts: lone.facts, outputs };
console.log(JSON.stringify(outcome));
