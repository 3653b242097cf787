// The transport that runs a program inside the network: the cases of all carriers, what it starts, and what it leaves behind.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import { parseManifest } from "../../core/manifest/mod.ts";
import {
  type AgentSource,
  type Carrier,
  type CarrierEnd,
  type HostSettings,
  type InsidePlan,
  type InsideStart,
  NoRouterError,
  registerPlugins,
} from "../../core/mod.ts";
import { fakeSource } from "../../tests/support/fake_host.ts";
import { openHost, transportOf } from "../../tests/support/fake_tool.ts";
import { farProcess } from "../../tests/support/far_process.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { execTransport } from "./mod.ts";

const home = tempDir("exec");
after(() => home.remove());

/** A start of the tests, and what became of it. */
interface FakeStart extends InsideStart {
  readonly folder: string;
  readonly plans: InsidePlan[];
  removed: number;
}

/** A start as agents have it, whose command is another one. */
function fakeStart(commandOf: (folder: string) => readonly string[]): FakeStart {
  const folder = join(home.path, randomUUID());
  const made: FakeStart = {
    folder,
    plans: [],
    removed: 0,
    socket: join(folder, "agent.sock"),
    trial: () => [],
    begin(plan) {
      made.plans.push(plan);
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, "plan.json"), JSON.stringify(plan), { mode: 0o600 });
      return commandOf(folder);
    },
    remove() {
      made.removed += 1;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return made;
}

/** A start whose engine is a shell script; it is given a script, `front` and the folder. */
function scripted(script: string): FakeStart {
  const engine = join(home.path, `engine-${randomUUID()}`);
  writeFileSync(engine, `#!/bin/sh\n${script}\n`);
  chmodSync(engine, 0o755);
  return fakeStart((folder) => [engine, "inside.mjs", "front", folder]);
}

const sourceOf = (start: InsideStart): AgentSource => ({ ...fakeSource(), inside: async () => start });
const open = (start: InsideStart, program: readonly string[]) => openHost(execTransport, program, sourceOf(start));

/** A carrier that was started, and what came of it. */
function run(carrier: Carrier) {
  const chunks: Uint8Array[] = [];
  const ends: CarrierEnd[] = [];
  carrier.start({
    data: (chunk) => void chunks.push(chunk.slice()),
    drain: () => undefined,
    closed: (end) => void ends.push(end),
  });
  const output = () => Buffer.concat(chunks).toString();
  const ended = async () => {
    await waitFor(() => ends.length > 0, { what: "the end of the program" });
    return ends[0] as CarrierEnd;
  };
  return { output, ends, ended };
}

conformTransport("exec", () => {
  const { argv, leftOver } = farProcess("plain");
  const starts: FakeStart[] = [];
  return {
    open(far) {
      const start = fakeStart(() => argv(far));
      starts.push(start);
      return open(start, ["program", far]);
    },
    hasProcess: true,
    hasPressure: true,
    leftOver: () => leftOver() + starts.filter(({ removed }) => removed === 0).length,
    closeMs: 10_000,
  };
});

test("the engine is given a script and the folder with the plan: the host's name and VIP, and the program's words", async () => {
  const start = scripted('echo "$1 $2 $3"; cat "$3/plan.json"; echo; exec cat');
  const carrier = await open(start, ["node", "my server.js"]);
  const { output, ends } = run(carrier);
  carrier.write([new TextEncoder().encode("frames")]);
  await waitFor(() => output().endsWith("frames"), { what: "the bytes to come back" });
  const plan: InsidePlan = {
    ...{ name: "web", vip: "127.0.42.101", program: ["node", "my server.js"] },
    ...{ link: "stdio", holds: true, debug: false },
  };
  assert.deepEqual(start.plans, [plan]);
  assert.equal(output(), `inside.mjs front ${start.folder}\n${JSON.stringify(plan)}\nframes`);
  assert.deepEqual([start.removed, ends.length], [0, 0]);
  await carrier.close();
  assert.ok(start.removed > 0 && !existsSync(start.folder), "what was begun is removed");
  assert.equal(ends.length, 1);
});

test("a program that ends is named by its own words, and what was begun is removed before anybody hears of it", async () => {
  const start = scripted("echo 'no such module' >&2; exit 3");
  const carrier = await open(start, ["node", "my server.js"]);
  let removed = 0;
  const ends: CarrierEnd[] = [];
  carrier.start({
    data: () => undefined,
    drain: () => undefined,
    closed(end) {
      removed = start.removed;
      ends.push(end);
    },
  });
  await waitFor(() => ends.length > 0, { what: "the end of the program" });
  assert.equal(removed, 1);
  assert.ok(!existsSync(start.folder));
  const [{ exitCode, stderr, command } = assert.fail()] = ends;
  assert.deepEqual([exitCode, stderr, command], [3, ["no such module"], "node 'my server.js'"]);
  await carrier.close();
});

test("what was begun is removed, too, where the engine cannot be started", async () => {
  const start = fakeStart((folder) => [join(folder, "no-engine"), "front", folder]);
  const carrier = await open(start, ["ls"]);
  const { ended } = run(carrier);
  const { error, command } = await ended();
  assert.deepEqual([error?.code, command, start.removed], ["agent-not-found", "ls", 1]);
  await carrier.close();
});

test("a carrier that is closed before its start leaves nothing", async () => {
  const start = scripted("exec cat");
  const carrier = await open(start, ["ls"]);
  await carrier.close();
  assert.ok(start.removed > 0 && !existsSync(start.folder));
});

test("without what starts programs inside no host is opened, and the code says why", async () => {
  await assert.rejects(openHost(execTransport, ["ls"]), { code: "agent-unavailable" });
  const none = () => Promise.reject(new NoRouterError("agent-unavailable", "There is no compiler"));
  const source: AgentSource = { ...fakeSource(), inside: none };
  await assert.rejects(openHost(execTransport, ["ls"], source), { code: "agent-unavailable", message: "There is no compiler" });
});

test("it claims hosts with a program and describes them by its words", async () => {
  const transport = transportOf(execTransport);
  const claims = (settings: HostSettings) => transport.claims(settings);
  assert.deepEqual([claims({ exec: ["ls"] }), claims({}), claims({ cmd: ["ls"] })], [true, false, false]);
  assert.equal(transport.describe({ exec: ["sh", "-c", "ls -l"] }), "sh -c 'ls -l'");
  const [key] = registerPlugins([execTransport]).keys.host;
  const checked = async (value: unknown) => {
    const found = await key?.schema["~standard"].validate(value);
    return found?.issues ? "wrong" : found?.value;
  };
  assert.equal(key?.way, true);
  assert.deepEqual(await checked(["node", "server.js", "--port=80"]), ["node", "server.js", "--port=80"]);
  for (const wrong of [[7], [""], {}, 7, true, [["ls"]]]) assert.equal(await checked(wrong), "wrong", JSON.stringify(wrong));
});

test("a host of a manifest needs a first word", () => {
  const { keys } = registerPlugins([execTransport]);
  const messages = (exec: string) =>
    parseManifest(`hosts:\n  api: { vip: 127.0.42.101, exec: ${exec} }\n`, "m.yaml", keys).diagnostics.map(
      ({ line, message }) => `${line} ${message}`,
    );
  assert.deepEqual(messages("[ls]"), []);
  assert.deepEqual(messages("[]"), ["2 Host 'api' has 'exec' without a program"]);
});
