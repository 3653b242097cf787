// Hosts that do what no honest one does, beside honest ones: memory stays within bounds, a pair that has nothing to do with it keeps
// its pace, the log names who it was, and all that was taken is given back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import { median, percentile } from "../../../bench/stats.ts";
import { openFilesOf, readProc } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type Child, startChild } from "../../support/child.ts";
import { agentArgv, isProgram, PROJECT, runtimeArgv } from "../../support/cli.ts";
import { needs } from "../../support/engines.ts";
import { freePort } from "../../support/free_port.ts";
import { lazy, ONCE, vip } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { type Network, type NetworkEvent, startNetwork } from "../../support/network.ts";
import { startProbe } from "../../support/probe.ts";

const MOST_MB = 300;
const MOST_MS = 100;
const ROUNDS = 3;
const ROUND_MS = 1500;
const PORT = 8080;
const SINK_PORT = 8081;
const VICTIM = 2;
const FIRST_ATTACKER = 4;

const servers = lazy(async () => {
  const probe = await startProbe();
  const [endless, echo, sink] = [await probe.run("serveEndless"), await probe.run("serveEcho"), await probe.run("serveSink")];
  return { endless, echo, sink, stop: probe.stop };
});
after(() => servers.stop());

/** Asks one echo after the other for a while, over one connection. */
async function roundTrips(host: string, forMs: number): Promise<number[]> {
  const socket = connect({ host, port: PORT, noDelay: true });
  const took: number[] = [];
  try {
    await once(socket, "connect");
    for (const end = performance.now() + forMs; performance.now() < end; ) {
      const began = performance.now();
      socket.write(new Uint8Array(64));
      for (let got = 0; got < 64; ) got += ((await once(socket, "data")) as [Buffer])[0].length;
      took.push(performance.now() - began);
    }
  } finally {
    socket.destroy();
  }
  return took;
}

const largestOf = (pid: number) => Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, "status") ?? "")?.[1] ?? Number.NaN) / 1024;
const honest = (network: Network) => network.processes().filter(isProgram);

interface Attack {
  readonly way: string;
  /** Hosts that attack at once. */
  readonly hosts?: number;
  /** Programs behind honest hosts send all they can to the attacker. */
  readonly uploads?: boolean;
  /** The sentence that names an attacker; none where it does no more than it may. */
  readonly named?: string;
}

const NO_CREDIT = "More data was sent than there was credit for";
const ATTACKS: readonly Attack[] = [
  { way: "open with endless credit", named: "gives credit of more than" },
  { way: "open 200 streams of 16 MiB", named: "lets others send more" },
  { way: "accept with endless credit", uploads: true, named: "gives credit of more than" },
  { way: "bytes one by one" },
  { way: "bytes one by one", hosts: 4 },
  { way: "data for no stream", named: NO_CREDIT },
  { way: "data for no stream", hosts: 4, named: NO_CREDIT },
  { way: "credit for no stream", named: "Credit was given in too many small pieces" },
  { way: "ends for no stream", named: "More streams were answered or ended than there were" },
  { way: "pings", named: "More pings were sent than were answered" },
  { way: "open and reset", named: "opens more than" },
  { way: "open and reset", hosts: 4, named: "opens more than" },
];

const nameOf = ({ way, hosts = 1 }: Attack) => (hosts === 1 ? way : `${way}, ${hosts} hosts`);
const attackersOf = ({ hosts = 1 }: Attack) => Array.from({ length: hosts }, (_, at) => FIRST_ATTACKER + at);

/** A network with honest hosts and some that attack while `flag` is there. */
async function startAttacked({ way, hosts = 1 }: Attack, flag: string): Promise<Network & { readonly socks: number }> {
  const { endless, echo, sink } = await servers.get();
  const socks = await freePort("127.0.0.1");
  const agent = { cmd: agentArgv(), loopback: { disable: true } };
  const served = [`${PORT}:127.0.0.1:${endless}`, `${SINK_PORT}:127.0.0.1:${sink}`];
  const cmd = [...runtimeArgv("node24"), `${PROJECT}/tests/support/attacker_main.ts`, way, `${VICTIM}`, flag];
  const attackers = Array.from({ length: hosts }, (_, at) => {
    const entry = { vip: vip(FIRST_ATTACKER + at), cmd, ports: [`${PORT}:127.0.0.1:9`] };
    return [`attacker${at + 1}`, entry] as const;
  });
  const network = await startNetwork({
    manifest: {
      hosts: {
        local: { vip: vip(1) },
        victim: { ...agent, vip: vip(VICTIM), ports: served, socks: { listen: `127.0.0.1:${socks}` } },
        calm: { ...agent, vip: vip(3), ports: [`${PORT}:127.0.0.1:${echo}`] },
        ...Object.fromEntries(attackers),
      },
    },
  });
  return { ...network, socks };
}

/** Two programs that send all they can to the first attacker: one through an agent, one through the manager itself. */
function startUploads(socks: number): Promise<Child[]> {
  const upload = ["curl", "-sS", "-T", "/dev/zero", "-H", "Expect:"];
  const throughAgent = [...upload, "--socks5-hostname", `127.0.0.1:${socks}`, `http://attacker1:${PORT}/`];
  return Promise.all([startChild(throughAgent), startChild([...upload, `http://${vip(FIRST_ATTACKER)}:${PORT}/`])]);
}

async function attacked(attack: Attack): Promise<void> {
  const folder = tempDir("attack");
  const flag = `${folder.path}/attack`;
  const network = await startAttacked(attack, flag);
  const uploads: Child[] = [];
  try {
    await network.ready();
    const sockets = () => honest(network).reduce((sum, { pid }) => sum + openFilesOf(pid, "socket"), 0);
    const before = sockets();
    writeFileSync(flag, "");
    if (attack.uploads) uploads.push(...(await startUploads(network.socks)));
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(percentile(await roundTrips(vip(3), ROUND_MS), 99));
    const memory = honest(network).map(({ pid }) => Math.round(largestOf(pid)));
    const p99 = rounds.map((ms) => ms.toFixed(1)).join(", ");
    console.log(`# ${nameOf(attack)}: p99 ${p99} ms; manager and agents ${memory.join(", ")} MB`);
    for (const upload of uploads) await upload.stop(0);
    folder.remove();
    await waitFor(() => sockets() <= before, { what: "what was taken to be given back" });
    assert.ok(memory.length === 3 && memory.every((mb) => mb < MOST_MB), `${memory.join(", ")} MB`);
    assert.ok(median(rounds) < MOST_MS, `${p99} ms`);
    assert.deepEqual(blamed(network, attack.named), attack.named === undefined ? [] : attackersOf(attack));
  } finally {
    folder.remove();
    for (const upload of uploads) await upload.stop(0);
    await network.stop();
  }
}

/** Hosts that the log accuses of anything, when it is of nothing but this sentence. */
function blamed({ events }: Network, sentence = ""): number[] {
  const text = (event: NetworkEvent) => JSON.stringify(event);
  const accusing = events.filter(
    (event) => event.type === "policy.refused" || (event.type === "link.closed" && text(event).includes("flow-violation")),
  );
  const others = accusing.filter((event) => Number(event.host) < FIRST_ATTACKER || !text(event).includes(sentence));
  assert.deepEqual(others, []);
  return [...new Set(accusing.map(({ host }) => Number(host)))].sort();
}

describe("an attack", { skip: ONCE || needs("curl") }, () => {
  for (const attack of ATTACKS) test(nameOf(attack), { timeout: 60_000 }, () => attacked(attack));
});
