// `npm run bench`: every measure on every peer, interleaved, as medians and ratios. Options: see README.md.
import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { messageOf } from "../core/errors.ts";
import { entryOf, RUNTIMES, runtimeArgv } from "../tests/support/cli.ts";
import { has } from "../tests/support/engines.ts";
import { type Sshd, startSshd } from "../tests/support/sshd.ts";
import { agentPeers } from "./agents.ts";
import { connections } from "./connections.ts";
import { cost } from "./cost.ts";
import { startLoad, startTarget } from "./helpers.ts";
import type { Address } from "./jobs.ts";
import { busyLatency, latency } from "./latency.ts";
import type { Bench, Effort, Measure } from "./measure.ts";
import { memory } from "./memory.ts";
import { addressOf, type Peer, peersHere, type Running, SSH_CIPHERS } from "./peers.ts";
import { startup } from "./startup.ts";
import { turns } from "./stats.ts";
import { aimsTable, judge, type Series, table } from "./table.ts";
import { throughput } from "./throughput.ts";

const MEASURES: readonly Measure[] = [...throughput, ...cost, latency, ...busyLatency, ...connections, ...memory, startup];
const FULL: Effort = { runs: 7, ms: 1500, warmUpMs: 3000, samples: 5000 };
const QUICK: Effort = { runs: 2, ms: 250, warmUpMs: 500, samples: 500 };
const SETTLE_MS = 30; // between two loads, for the last one's processes to end

const failures: string[] = [];
const note = (text: string) => void process.stderr.write(`${text}\n`);

/** Runs `use`; when it fails, notes what failed and goes on. */
async function attempt<T>(what: string, use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    failures.push(`${what}: ${messageOf(error)}`);
    note(`  ${failures.at(-1)}`);
    return undefined;
  }
}

/** One measure on its peers, which take turns within a round. */
async function runMeasure(measure: Measure, peers: ReadonlyMap<Peer, Running>, bench: Bench): Promise<Series[]> {
  const taking = [...peers.keys()].filter((peer) => measure.kind === "steady" || measure.applies(peer));
  const values = measure.quantities.map(() => new Map<string, number[]>(taking.map((peer) => [peer.name, []])));
  const runs = Math.min(bench.effort.runs, (measure.kind === "fresh" ? measure.maxRuns : undefined) ?? bench.effort.runs);
  note(`${measure.quantities.map((quantity) => quantity.title).join("; ")}: ${runs} rounds`);
  for (let round = 0; round < runs; round++) {
    for (const peer of turns(taking, round)) {
      const at = peers.get(peer);
      const found = await attempt(`${measure.name} of "${peer.name}"`, async () => {
        if (measure.kind === "fresh") return measure.once(peer, bench);
        return at === undefined ? [] : measure.once(addressOf(at), bench, at.pids);
      });
      for (const [i, map] of values.entries()) map.get(peer.name)?.push(found?.[i] ?? Number.NaN);
      await pause(SETTLE_MS);
    }
  }
  return measure.quantities.map((quantity, i) => ({ quantity, values: values[i] ?? new Map() }));
}

async function warmUp(at: Address, { load, effort }: Bench): Promise<void> {
  note(`warming up ${at.host}:${at.port}`);
  for (const kind of ["upload", "download"] as const) await load.ask({ kind, at, streams: 1, ms: effort.warmUpMs });
}

/** Runs the measures: first those on peers that stay up, then, with those stopped, those that start their own. */
async function runAll(measures: readonly Measure[], peers: readonly Peer[], bench: Bench): Promise<Series[]> {
  const up = new Map<Peer, Running>();
  const stopAll = () => Promise.all([...up.values()].map((running) => running.stop()));
  const series: Series[] = [];
  try {
    for (const peer of peers) {
      const running = await attempt(`"${peer.name}" did not start`, () => peer.start(bench.target));
      if (running !== undefined) up.set(peer, running);
    }
    for (const [peer, running] of up) await attempt(`Warm-up of "${peer.name}"`, () => warmUp(addressOf(running), bench));
    for (const measure of measures) if (measure.kind === "steady") series.push(...(await runMeasure(measure, up, bench)));
    await stopAll();
    for (const measure of measures) if (measure.kind === "fresh") series.push(...(await runMeasure(measure, up, bench)));
  } finally {
    await stopAll();
  }
  return series;
}

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      runs: { type: "string" },
      runtime: { type: "string" },
      against: { type: "string" },
      agents: { type: "boolean", default: false },
      peer: { type: "string", multiple: true, default: [] },
    },
  });
  const unknown = values.only.find((name) => !MEASURES.some((measure) => measure.name === name));
  if (unknown !== undefined)
    throw new Error(`No measure "${unknown}"; there are ${[...new Set(MEASURES.map((m) => m.name))].join(", ")}`);
  const base = values.quick ? QUICK : FULL;
  const runs = Number(values.runs ?? base.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is "${values.runs}", wanted a whole number from 1`);
  const measures = MEASURES.filter((measure) => values.only.length === 0 || values.only.includes(measure.name));
  const runtime = RUNTIMES.find((name) => name === values.runtime);
  if (values.runtime !== undefined && runtime === undefined)
    throw new Error(`No runtime "${values.runtime}"; there are ${RUNTIMES.join(", ")}`);
  const against = values.against === undefined ? undefined : resolve(values.against);
  if (against !== undefined && !existsSync(entryOf(against)))
    throw new Error(`There is no checkout of the program at ${against}`);
  return {
    json: values.json,
    measures,
    effort: { ...base, runs },
    runtime: runtimeArgv(runtime),
    against,
    agents: values.agents,
    chosen: values.peer,
  };
}

/** The options; what is wrong with them is said in a line. */
function given(): ReturnType<typeof options> {
  try {
    return options();
  } catch (error) {
    note(`${messageOf(error)} (bench/README.md has the options)`);
    process.exit(64);
  }
}

function report(series: readonly Series[], missing: readonly string[], json: boolean, effort: Effort): void {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const aims = judge(series);
  if (json) {
    const measured = series.map((s) => ({ ...s.quantity, values: Object.fromEntries(s.values) }));
    process.stdout.write(`${JSON.stringify({ machine, effort, measured, aims, missing, failures }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${machine}; medians of ${effort.runs} rounds; "/ x" is the median of the ratios to x\n\n`);
  for (const one of series) process.stdout.write(`${table(one)}\n`);
  if (aims.some(({ met }) => met !== undefined)) process.stdout.write(aimsTable(aims));
  for (const line of [...missing, ...failures]) process.stdout.write(`  ! ${line}\n`);
}

async function main(): Promise<void> {
  const { json, measures, effort, runtime, against, agents, chosen } = given();
  const sshHere = ["sshd", "ssh", "ssh-keygen"].every(has);
  const sshd: Sshd | undefined = sshHere ? await startSshd({ ciphers: Object.values(SSH_CIPHERS).join(",") }) : undefined;
  const { peers: all, missing } = agents ? await agentPeers(runtime, note) : peersHere(sshd, runtime, against);
  const peers = all.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  for (const line of missing) note(line);
  const target = await startTarget();
  const load = await startLoad();
  try {
    report(await runAll(measures, peers, { load, target, effort }), missing, json, effort);
  } finally {
    await Promise.all([load.stop(), target.stop(), sshd?.stop()]);
  }
  if (failures.length > 0) process.exitCode = 1;
}

await main();
