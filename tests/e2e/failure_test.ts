// Hosts whose command fails in every way a command can: each is told from the others, and the rest of the network works.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { LinkFailure } from "../../core/ledger/events.ts";
import { agentArgv } from "../support/cli.ts";
import { httpGet } from "../support/clients.ts";
import { needs } from "../support/engines.ts";
import { type HostEntry, QUICK, throughShell, vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { startHttp } from "../support/servers.ts";

const PORT = 8080;
const SILENT_MS = 20_000; // `helloMs` of core/limits.ts; no setting of the program changes it

const agent = agentArgv();
const broken = (script: string) => throughShell(script, agent);

/** Runs the odd hosts beside two good ones; the page of the good ones must come before, while and after the rest fails. */
async function beside(
  odd: Readonly<Record<string, readonly string[]>>,
  body: (network: Network, page: () => Promise<void>) => Promise<void>,
) {
  const server = await startHttp("the good page");
  const entries = Object.entries(odd).map(([name, cmd], index) => [name, { vip: vip(10 + index), cmd }] as const);
  const hosts: Record<string, HostEntry> = {
    here: { vip: vip(1) },
    good: { vip: vip(2), cmd: agent, ports: [`${PORT}:127.0.0.1:${server.port}`], loopback: { disable: true } },
    ...Object.fromEntries(entries.map(([name, entry]) => [name, { ...entry, loopback: { disable: true } }])),
  };
  const network = await startNetwork({ manifest: { hosts } });
  const page = async () => assert.equal((await httpGet({ host: vip(2), port: PORT })).body, "the good page");
  try {
    await network.event("host.ready", ({ by }) => by === "good");
    await body(network, page);
    await page();
    assert.deepEqual([network.noise, network.stderr()], [[], ""]);
  } finally {
    await network.stop();
    await server.stop();
  }
}

async function failureOf(network: Network, name: string, timeoutMs?: number): Promise<LinkFailure> {
  const admitted = await network.event("host.admitted", (event) => event.name === name);
  const closed = await network.event("link.closed", (event) => event.host === admitted.host, timeoutMs);
  return closed.failure as LinkFailure;
}

/** A terminal between manager and agent. */
const onPty = throughShell(`exec script -qec "$(printf '%s ' "$@")" /dev/null`, agent);

/** Commands that never give an agent, and how each is to be told. */
const NEVER: Readonly<Record<string, readonly [cmd: readonly string[], wanted: Partial<LinkFailure>, said: RegExp]>> = {
  missing: [["/no/such/program", "x"], { code: "agent-not-found" }, /"\/no\/such\/program" was not found/],
  "not-executable": [["/etc/passwd"], { code: "agent-not-found" }, /"\/etc\/passwd" may not be executed/],
  "missing-in-shell": [broken("no-such-program-at-all"), { code: "agent-not-found", exitCode: 127 }, /not found/],
  exits: [
    broken("echo first >&2; echo second >&2; exit 3"),
    { code: "agent-failed", exitCode: 3, stderr: ["first", "second"] },
    /./,
  ],
  "killed-itself": [broken("kill -9 $$"), { code: "agent-failed", signal: "SIGKILL" }, /./],
  garbage: [broken("head -c 204800 /dev/urandom; sleep 1000"), { code: "not-an-agent" }, /./],
  copies: [["sh", "-c", "exec cat"], { code: "link-echo" }, /./],
  "other-program": [
    broken("echo Hello, I am a web server; exit 0"),
    { code: "agent-failed", exitCode: 0 },
    /Hello, I am a web server/,
  ],
};

describe("hosts that fail", () => {
  test("each is named with its code, exit code and last words; the others answer", { timeout: 120_000 }, () =>
    beside(Object.fromEntries(Object.entries(NEVER).map(([name, [cmd]]) => [name, cmd])), async (network, page) => {
      const ready = await network.ready(30_000);
      await page();
      assert.deepEqual(ready.ready, ["here", "good"]);
      assert.deepEqual(ready.failed, Object.keys(NEVER));
      for (const [name, [, wanted, said]] of Object.entries(NEVER)) {
        const failure = await failureOf(network, name);
        const seen = Object.fromEntries(Object.keys(wanted).map((key) => [key, failure[key as keyof LinkFailure]]));
        assert.deepEqual(seen, wanted, name);
        assert.match([failure.message, ...failure.stderr].join("\n"), said, name);
      }
      const failed = new Set(network.events.filter(({ type }) => type === "link.closed").map(({ host }) => host));
      assert.equal(failed.size, Object.keys(NEVER).length);
    }),
  );

  test("a terminal in the path is named", { timeout: 60_000, skip: needs("script") }, () =>
    beside({ pty: onPty }, async (network) => {
      assert.equal((await failureOf(network, "pty")).code, "terminal-in-path");
    }),
  );

  test("a login banner of 60 KiB is skipped and reported", { timeout: 60_000 }, () =>
    beside({ banner: broken(`yes 'Welcome to this host' | head -n 2900; exec "$@"`) }, async (network) => {
      const ready = await network.ready();
      assert.deepEqual(ready.failed, []);
      const opened = await network.event("link.opened", ({ banner }) => banner !== undefined);
      assert.match(String(opened.banner), /Welcome to this host\n\s*$/);
    }),
  );

  test("bytes that do not belong on an open link end that link alone", { timeout: 60_000 }, async () => {
    const dir = tempDir("noise");
    const now = `${dir.path}/now`;
    const script = `(until [ -e ${now} ]; do sleep 0.02; done; yes noise | head -c 5000) & exec "$@"`;
    await beside({ noisy: broken(script) }, async (network, page) => {
      assert.deepEqual((await network.ready()).failed, []);
      writeFileSync(now, "");
      const { code } = await failureOf(network, "noisy");
      assert.equal(code, "malformed-frame");
      await page();
      const noisy = await network.event("host.admitted", ({ name }) => name === "noisy");
      const others = network.events.filter(({ type, host }) => type === "link.closed" && host !== noisy.host);
      assert.deepEqual(others, []);
    });
    dir.remove();
  });

  test("a command that says nothing is given up", { timeout: 60_000, skip: QUICK && "twenty seconds long" }, () =>
    beside({ silent: broken("exec sleep 1000") }, async (network, page) => {
      await page();
      const sleeper = network.processes().find(({ argv }) => argv[0] === "sleep");
      assert.ok(sleeper);
      assert.equal((await failureOf(network, "silent", SILENT_MS + 10_000)).code, "agent-silent");
      await waitFor(() => !network.processes().some(({ pid }) => pid === sleeper?.pid), { what: "the command to be gone" });
    }),
  );
});
