// The key `onDemand`: what may stand there, its commands, and when a host is called ready.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { withLimits } from "../../core/limits.ts";
import { parseManifest } from "../../core/manifest/mod.ts";
import type { FrontEnd, HostContext, StarterRequest } from "../../core/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";
import { onEnd, tempDir } from "../../tests/support/lifetime.ts";
import { commands } from "./commands.ts";
import { onDemandHost } from "./host.ts";

const MANIFEST = (value: string, more = 'ports: ["80:127.0.0.1:8080"]') =>
  `hosts:\n  web: { vip: 127.0.42.101, cmd: web, onDemand: ${value}, ${more} }\n`;

const findingsOf = (text: string) => parseManifest(text, "m.yaml", KEYS).diagnostics.map(({ message }) => message);

/** A folder that is gone at the end of the test. */
function folder(): { readonly path: string } {
  const dir = tempDir("on-demand");
  onEnd(() => dir.remove());
  return dir;
}

test("what may stand at 'onDemand', and what may not", () => {
  for (const fine of ["{}", "{ idle: 10m }", "{ ready: 80 }", "{ ready: pg_isready }", "{ start: a, stop: b, running: c }"])
    assert.deepEqual(findingsOf(MANIFEST(fine)), [], fine);
  const wrong: [string, RegExp][] = [
    ["{ idle: 10 }", /'onDemand\.idle' is a number, a string was wanted/],
    ["{ idle: 10x }", /"10x" is no length of time/],
    ["{ timeout: 0s }", /In no time no host can start/],
    ["{ timeout: 90d }", /"90d" is no length of time up to 24 days/],
    ["{ ready: 70000 }", /'onDemand\.ready' is 70000, a port or a command was wanted/],
    ["{ stop: b }", /'onDemand\.stop' stands without 'onDemand\.start'/],
    ["{ start: ' ' }", /command is empty/],
    ["{ start: a, on: mars }", /'onDemand\.on' is 'mars'/],
  ];
  for (const [value, says] of wrong) assert.match(findingsOf(MANIFEST(value)).join("\n"), says, value);
  assert.match(findingsOf(MANIFEST("{}", "")).join("\n"), /publishes no port/);
  const own = "hosts:\n  local: { vip: 127.0.42.100, onDemand: {} }\n";
  assert.match(findingsOf(own).join("\n"), /manager's own, which cannot be started on demand/);
  const shared = `hostTemplate: { onDemand: { idle: 10m } }\n${MANIFEST("{ ready: 80 }")}  local: { vip: 127.0.42.100 }\n`;
  assert.deepEqual(findingsOf(shared), []);
  const { hosts = [] } = parseManifest(shared, "m.yaml", KEYS).manifest ?? {};
  assert.deepEqual(
    hosts.map(({ keys }) => keys.onDemand !== undefined),
    [true, false],
  );
});

function request(demand: unknown, signal: AbortSignal = new AbortController().signal): StarterRequest {
  return { name: "web", settings: {}, demand, limits: withLimits(), signal, progress: () => undefined, debug: () => undefined };
}

test("commands start and stop a host, tell whether it ran, and say why they fail", async () => {
  const dir = folder();
  const file = join(dir.path, "runs");
  const demand = { start: `echo started > ${file}`, stop: `rm ${file}`, running: `test -e ${file}` };
  assert.equal(commands.claims({}, demand), true);
  assert.equal(commands.claims({}, { ...demand, on: "host" }), false);
  assert.equal(commands.claims({}, {}), false);
  assert.equal(await commands.start(request(demand)), "started");
  assert.equal(readFileSync(file, "utf8"), "started\n");
  assert.equal(await commands.start(request(demand)), "running");
  await commands.stop(request(demand));
  assert.equal(existsSync(file), false);
  await assert.rejects(commands.start(request({ start: "echo first; echo no such unit >&2; exit 5" })), {
    code: "start-failed",
    message: "Command 'onDemand.start' failed with exit code 5: first | no such unit",
  });
  await commands.stop(request({ start: "true" }));
});

test("a command that is given up ends with all that it started; one that leaves something in the background is done", async () => {
  const given = new AbortController();
  const waits = commands.start(request({ start: "sleep 1000 & sleep 1000" }, given.signal));
  setTimeout(() => given.abort(), 20);
  await assert.rejects(waits, /was ended/);
  const dir = folder();
  const pid = join(dir.path, "pid");
  assert.equal(await commands.start(request({ start: `sleep 1000 & echo $! > ${pid}` })), "started");
  process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  const [go, done] = [join(dir.path, "go"), join(dir.path, "done")];
  const writer = `(until test -e ${go}; do sleep 0.02; done; echo on && echo and on && touch ${done}) &`;
  assert.equal(await commands.start(request({ start: writer })), "started");
  writeFileSync(go, "");
  await waitFor(() => existsSync(done), { what: "what was left in the background to write on" });
});

function frontEnd(ready: string, ports: readonly unknown[]): FrontEnd {
  const made: FrontEnd[] = [];
  const context = {
    self: () => ({ ports }),
    settings: () => ({ ready }),
    limits: withLimits(),
    report: () => undefined,
  } as unknown as HostContext;
  onDemandHost.setup({ frontEnd: (make) => void made.push(make(context)), egress: () => undefined });
  return made[0] ?? assert.fail("no front-end");
}

test("a host is ready when the target of its port accepts a connection, or its command succeeds", async () => {
  const dir = folder();
  const path = join(dir.path, "socket");
  const never = new AbortController().signal;
  let isReady = false;
  const port = frontEnd("80", [{ listen: 80, protocol: "tcp", target: { path } }])
    .ready?.(never)
    .then(() => {
      isReady = true;
    });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isReady, false);
  const server = createServer((socket) => socket.destroy()).listen(path);
  await port;
  assert.equal(isReady, true);
  server.close();
  const file = join(dir.path, "file");
  const command = frontEnd(`test -e ${file}`, []).ready?.(never);
  await commands.start(request({ start: `sleep 0.05; touch ${file}` }));
  await command;
});

test("nobody waits for a host whose link is over", async () => {
  const given = new AbortController();
  let ended = false;
  void frontEnd("1", [])
    .ready?.(given.signal)
    .then(() => {
      ended = true;
    });
  given.abort();
  await waitFor(() => ended, { what: "the wait to end", everyMs: 1 });
});
