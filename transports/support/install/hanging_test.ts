// Agents that hang or end before they say anything: none stays on a host, and none is started the same way for ever.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { processesOf, processInfo } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { preambleOf } from "../../../core/mod.ts";
import { startChild } from "../../../tests/support/child.ts";
import { IS_NODE24, programArgv } from "../../../tests/support/cli.ts";
import { needs } from "../../../tests/support/engines.ts";
import { agentFile, type FakeHost, fakeHost, fakeSource, startOn } from "../../../tests/support/fake_host.ts";

const elsewhere = !IS_NODE24 && "the same on every runtime";

const PREAMBLE = [...preambleOf("agent")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
/** Hangs, or ends, as soon as its home says so; says hello else. */
const MOODY = `if [ -e "$HOME/hang" ]; then echo $$ >>"$HOME/pids"; exec sleep 1000; fi
[ "$1" != version ] || exit 0
[ ! -e "$HOME/broken" ] || exit 3
[ ! -e "$HOME/late" ] || { echo $$ >>"$HOME/pids"; exec sleep 1000; }
printf '${PREAMBLE}'
exec cat
`;
const program = (text: string) => new TextEncoder().encode(`#!/bin/sh\n${text}`);
const SOURCE = fakeSource([agentFile("agent", program(MOODY))]);
const FORMS = [
  ["program", SOURCE],
  ["engine", fakeSource(undefined, agentFile("engine", program(`shift\n${MOODY}`)))],
] as const;
const HELLO = Buffer.from(preambleOf("agent")).toString();

/** Time enough for an agent that does not hang, also on a busy machine. */
const LONG_MS = 10_000;

const inMood = ({ home }: FakeHost, mood: string) => writeFileSync(`${home}/${mood}`, "");

/** What hung and was written down is gone, though nobody was told to end it. */
async function gone({ home }: FakeHost): Promise<void> {
  const pids = await waitFor(() => existsSync(`${home}/pids`) && readFileSync(`${home}/pids`, "utf8"), { what: "an agent" });
  const living = () =>
    pids
      .trim()
      .split("\n")
      .filter((pid) => processInfo(Number(pid)));
  await waitFor(() => living().length === 0, { what: "the agent that hangs to be gone" });
}

for (const [form, source] of FORMS) {
  for (const mood of ["late", "hang"]) {
    const name = `an agent that hangs (${form}, ${mood}) goes by itself, one that was kept too`;
    test(name, { skip: elsewhere || needs("perl") }, async () => {
      const host = fakeHost();
      if (mood === "late") inMood(host, mood);
      const first = await startOn(host.argv(), source, { helloMs: mood === "late" ? 1000 : LONG_MS });
      if (mood === "late") await gone(host);
      else await waitFor(() => first.output() === HELLO, { what: "the agent" });
      await first.carrier.close();
      inMood(host, mood);
      const second = await startOn(host.argv(), source, { helloMs: 1000 });
      await gone(host);
      await second.carrier.close();
      host.remove();
    });
  }
}

for (const without of [[], ["timeout"]]) {
  test(`a host without Perl ${without.join()} tries an agent before it becomes one; what hangs is sent anew, then told`, {
    skip: elsewhere || needs("userns", "perl"),
  }, async () => {
    const host = fakeHost({}, without);
    const hidden = ["unshare", "-Urm", "sh", "-c", `mount --bind /dev/null /usr/bin/perl && exec "$@"`, "sh"];
    const argv = [...hidden, ...host.argv(["/usr/bin/env", `PATH=${host.path}`, "sh"])];
    for (const sent of [true, false]) {
      const started = await startOn(argv, SOURCE, { helloMs: LONG_MS });
      await waitFor(() => started.output() === HELLO, { what: "the agent" });
      assert.equal(started.sent() > 0, sent);
      // The agent becomes 'cat' once it has said hello.
      await waitFor(() => processesOf(`${host.home}/`).length === 0, { what: "the trial to be gone" });
      await started.carrier.close();
    }
    inMood(host, "hang");
    const last = await startOn(argv, SOURCE, { helloMs: 2000 });
    await gone(host);
    await waitFor(() => last.ends.length > 0, { what: "the end" });
    assert.equal(last.ends[0]?.error?.code, "agent-unavailable", JSON.stringify(last.ends));
    host.remove();
  });
}

test("an agent that runs takes no notice of the clock", { skip: needs("perl") }, async () => {
  const agent = await startChild([...programArgv(), "agent"]);
  let said = Buffer.alloc(0);
  agent.process.stdout?.on("data", (chunk: Uint8Array) => {
    said = Buffer.concat([said, chunk]);
  });
  await waitFor(() => said.includes(Buffer.from(preambleOf("agent"))), { what: "the agent's first words" });
  process.kill(agent.pid, "SIGALRM");
  agent.process.stdin?.end();
  assert.equal((await agent.exited).signal, null);
  await agent.stop();
});

for (const [form, source] of FORMS) {
  test(`a kept ${form} that ends before its first words is forgotten once, and again when another was heard`, {
    skip: elsewhere,
  }, async () => {
    const host = fakeHost();
    const settings = {};
    const start = async () => {
      const started = await startOn(host.argv(), source, {}, undefined, settings);
      await waitFor(() => started.output() === HELLO || started.ends.length > 0, { what: "an agent or an end" });
      await started.carrier.close();
      return [started.sent() > 0 ? "sent" : "kept", started.output() === HELLO ? "heard" : "unheard"].join(", ");
    };
    assert.equal(await start(), "sent, heard");
    for (const _ of [1, 2]) {
      assert.equal(await start(), "kept, heard");
      inMood(host, "broken");
      assert.equal(await start(), "kept, unheard");
      assert.equal(await start(), "sent, unheard");
      assert.equal(await start(), "kept, unheard");
      rmSync(`${host.home}/broken`);
    }
    host.remove();
  });
}
