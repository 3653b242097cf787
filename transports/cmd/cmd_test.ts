// Commands as carriers: the cases of all carriers, every way a command can fail, and nothing left of it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { processesOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import { type Carrier, type CarrierEnd, registerPlugins, type Transport, withLimits } from "../../core/mod.ts";
import { preambleOf } from "../../core/wire/preamble.ts";
import { programArgv } from "../../tests/support/cli.ts";
import { fakeHost, fakeSource } from "../../tests/support/fake_host.ts";
import { farProcess } from "../../tests/support/far_process.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { cmdTransport } from "./mod.ts";

const limits = withLimits({ stopMs: 300, stderrLines: 3, stderrLineBytes: 80 });
const [transport] = registerPlugins([cmdTransport]).transports as [Transport];

/** The carrier of a host with this command; the transport appends the word "agent". */
function open(cmd: readonly string[], debug: (line: string) => void = () => undefined): Carrier {
  const serveHere = () => assert.fail("a command is not served here");
  const { signal } = new AbortController();
  const request = {
    name: "web",
    vip: "127.0.42.101",
    settings: { cmd },
    limits,
    agents: undefined,
    signal,
    serveHere,
    chosen: () => undefined,
    progress: () => undefined,
    debug,
  };
  return transport.open(request) as Carrier;
}

conformTransport("cmd", () => {
  const { argv, leftOver } = farProcess("plain");
  return { open: (far) => open(argv(far)), hasProcess: true, hasPressure: true, leftOver, closeMs: 10_000 };
});

interface Started {
  readonly carrier: Carrier;
  readonly lines: readonly string[];
  output(): string;
  ended(): Promise<CarrierEnd>;
}

function start(cmd: readonly string[]): Started {
  const [lines, ends, chunks]: [string[], CarrierEnd[], Uint8Array[]] = [[], [], []];
  const carrier = open(cmd, (line) => void lines.push(line));
  carrier.start({ data: (chunk) => void chunks.push(chunk), drain: () => undefined, closed: (end) => void ends.push(end) });
  const ended = async () => {
    await waitFor(() => ends.length > 0, { what: "the command to end", timeoutMs: 20_000 });
    assert.equal(ends.length, 1);
    return ends[0] as CarrierEnd;
  };
  return { carrier, lines, output: () => Buffer.concat(chunks).toString(), ended };
}

const shell = (script: string) => start(["sh", "-c", script, "sh"]);

test("the word agent comes after the command's own words, which no shell reads", async () => {
  const { ended, output } = start(["printf", "<%s>", "$HOME", "a b", ";", "*"]);
  assert.equal((await ended()).exitCode, 0);
  assert.equal(output(), "<$HOME><a b><;><*><agent>");
});

test("an agent gets the environment, but for what is meant for the manager's own runtime", async () => {
  const hostile = {
    NODE_OPTIONS: "--import data:text/javascript,setInterval(()=>console.log('late'),1)",
    NODE_V8_COVERAGE: "/proc/absent",
    BUN_OPTIONS: "--preload ./absent.js",
    DENO_V8_FLAGS: "--max-heap-size=1",
  };
  Object.assign(process.env, hostile, { NOROUTER_TEST_KEPT: "kept" });
  try {
    const { ended, output } = shell("env");
    await ended();
    assert.match(output(), /^NOROUTER_TEST_KEPT=kept$/m);
    assert.doesNotMatch(output(), new RegExp(Object.keys(hostile).join("|")));
    const agent = start(programArgv());
    await waitFor(() => agent.output() !== "", { what: "the agent's first words" });
    await agent.carrier.close();
    assert.ok(agent.output().startsWith(Buffer.from(preambleOf("agent")).toString()), agent.output());
    assert.doesNotMatch(agent.output(), /late/);
  } finally {
    for (const name of [...Object.keys(hostile), "NOROUTER_TEST_KEPT"]) delete process.env[name];
  }
});

test("a command that is not there, and one that may not be executed", async () => {
  const dir = tempDir("cmd");
  const file = `${dir.path}/agent.sh`;
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o600);
  const cases = [
    ["norouter-no-such-command", /"norouter-no-such-command" was not found/],
    [`${dir.path}/missing`, /was not found/],
    [file, /may not be executed/],
  ] as const;
  for (const [command, message] of cases) {
    const { ended, carrier } = start([command]);
    const { error, exitCode } = await ended();
    assert.equal(error?.code, "agent-not-found", command);
    assert.match(error.message, message);
    assert.equal(exitCode, undefined);
    await carrier.close();
    carrier.write([Uint8Array.of(1)]);
  }
  dir.remove();
});

test("an exit code comes with the last lines of standard error, bounded in number and length", async () => {
  const { ended, lines } = shell(`for i in 1 2 3 4; do echo "line $i" >&2; done; printf '%0500d' 7 >&2; exit 42`);
  const end = await ended();
  assert.equal(end.exitCode, 42);
  assert.deepEqual(end.stderr.slice(0, 2), ["line 3", "line 4"]);
  assert.equal(end.stderr[2], "0".repeat(80));
  assert.deepEqual(lines.slice(0, 4), ["line 1", "line 2", "line 3", "line 4"], "whole lines are shown for --debug");
});

test("a command that was killed tells the signal", async () => {
  const end = await shell("kill -KILL $$").ended();
  assert.deepEqual([end.signal, end.exitCode, end.error], ["SIGKILL", undefined, undefined]);
});

test("a command that closes its output is asked to end by the end of its input", async () => {
  const end = await shell("exec 1>&-; cat >&2; exit 5").ended();
  assert.equal(end.exitCode, 5);
});

test("a command that ignores the end of its input and SIGTERM is killed within the bound, with its whole group", async () => {
  const mark = randomUUID();
  const stubborn = `trap "" TERM; (trap "" TERM; while :; do sleep 1; done; : ${mark}) & echo up; while :; do sleep 1; done`;
  const { carrier, output, ended } = start(["sh", "-c", stubborn, "sh", mark]);
  await waitFor(() => output().includes("up"), { what: "the command to run" });
  assert.ok(processesOf(mark).length >= 2, "the command has no child");
  const began = performance.now();
  await carrier.close();
  const took = performance.now() - began;
  assert.ok(took >= 2 * limits.stopMs - 50 && took < 2 * limits.stopMs + 3000, `close took ${took} ms`);
  assert.equal((await ended()).signal, "SIGKILL");
  await waitFor(() => processesOf(mark).length === 0, { what: "the process group to be gone", timeoutMs: 3000 });
});

test("a grandchild that holds the pipes open does not delay the end for long", async () => {
  const mark = randomUUID();
  const began = performance.now();
  const { ended, output, carrier } = start(["sh", "-c", "echo $$; sleep 600 & exit 3", "sh", mark]);
  assert.equal((await ended()).exitCode, 3);
  assert.ok(performance.now() - began < 5000);
  await carrier.close();
  try {
    process.kill(-Number(output()), "SIGKILL"); // the sleep of this test, by its own group
  } catch {
    // gone already
  }
});

test("what a command leaves behind is killed, also when it holds no pipe and ignores SIGTERM", async () => {
  const mark = randomUUID();
  const stubborn = `(trap "" TERM; exec <&- >&- 2>&-; while :; do sleep 1; done; : ${mark}) & exit 4`;
  const { carrier, ended } = start(["sh", "-c", stubborn, "sh", mark]);
  assert.equal((await ended()).exitCode, 4);
  await carrier.close();
  await waitFor(() => processesOf(mark).length === 0, { what: "the process group to be gone", timeoutMs: 3000 });
});

test("the command has a process group of its own, so that Ctrl-C reaches the manager alone", async () => {
  const { ended, output } = shell("ps -o pgid= -p $$; echo $$");
  await ended();
  const [group, pid] = output().trim().split(/\s+/);
  assert.equal(group, pid);
});

test("it claims hosts with a command and describes them by it", () => {
  assert.deepEqual([transport.claims({ cmd: ["x"] }), transport.claims({})], [true, false]);
  assert.equal(transport.describe({ cmd: ["docker", "exec", "-i", "web", "norouter"] }), "docker exec -i web norouter agent");
  assert.equal(transport.describe({ cmd: ["docker", "exec", "-i", "web"], install: true }), "docker exec -i web sh");
  for (const last of ["sh", "/bin/sh", "bash"]) {
    assert.equal(transport.describe({ cmd: ["docker", "exec", "-i", "web", last], install: true }), `docker exec -i web ${last}`);
  }
});

test("a command that ends in a shell gets no other, and the agent is sent to it", async () => {
  const host = fakeHost();
  const told: string[] = [];
  const request = {
    ...{ name: "web", vip: "127.0.42.101", settings: { cmd: host.argv(["sh"]), install: true }, limits, agents: fakeSource() },
    ...{ signal: new AbortController().signal, serveHere: () => undefined, chosen: (why: string) => void told.push(why) },
    ...{ progress: () => undefined, debug: () => undefined },
  };
  const carrier = await transport.open(request);
  let output = "";
  carrier.start({
    data: (chunk) => {
      output += new TextDecoder().decode(chunk);
    },
    drain: () => undefined,
    closed: () => undefined,
  });
  await waitFor(() => output.includes("engine agent"), { what: "the agent" });
  assert.deepEqual(told, ["engine: host has no Node, Deno or Bun"]);
  await carrier.close();
  host.remove();
});
