// The live table that a person sees on a terminal.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { join } from "shlex";
import { descendantsOf, isAlive, type ProcessInfo } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { agentArgv, programArgv } from "../support/cli.ts";
import { exchange } from "../support/clients.ts";
import { needs } from "../support/engines.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startEcho } from "../support/servers.ts";
import { startOnTerminal, type Terminal, type TerminalOptions } from "../support/terminal.ts";

const off = { disable: true };
const hosts = {
  here: { vip: vip(1) },
  // Its home is the one of "here": of two hosts the faster one would have the folder there.
  web: { vip: vip(2), cmd: agentArgv(), ports: ["8080:127.0.0.1:80"], loopback: off, stateDir: off },
  broken: { vip: vip(3), cmd: ["sh", "-c", "echo no such container >&2; exit 4"], loopback: { disable: true } },
};

async function onTerminal(options: TerminalOptions, body: (terminal: Terminal) => Promise<void>): Promise<void> {
  const dir = tempDir("table");
  writeFileSync(`${dir.path}/manifest.yaml`, JSON.stringify({ hosts }));
  const terminal = await startOnTerminal([...programArgv(), "run", `${dir.path}/manifest.yaml`], options);
  try {
    await shows(terminal, /2 of 3 hosts are ready/);
    await body(terminal);
    terminal.type("\x03");
    assert.deepEqual(await terminal.exited, { code: 0, signal: null });
    assert.match(terminal.screen(), /Network is stopped\n$/);
    assert.doesNotMatch(terminal.written(), /\n\s+at .+:\d+/);
  } finally {
    await terminal.stop();
    dir.remove();
  }
}

/** A shell with job control, and what its terminal got since a moment. */
interface InShell {
  readonly terminal: Terminal;
  /** The command line of the network. */
  readonly run: string;
  readonly since: { now(): void; text(): string; shows(pattern: RegExp): Promise<unknown> };
}

async function inShell(body: (shell: InShell) => Promise<void>): Promise<void> {
  const dir = tempDir("table");
  writeFileSync(`${dir.path}/manifest.yaml`, JSON.stringify({ hosts }));
  const terminal = await startOnTerminal(["bash", "--norc", "--noprofile", "-i"]);
  let start = 0;
  const text = () => terminal.written().slice(start);
  const now = () => {
    start = terminal.written().length;
  };
  const since = {
    now,
    text,
    shows: async (pattern: RegExp) => {
      await waitFor(() => pattern.test(text()), { what: `${pattern} in ${text()}` });
    },
  };
  try {
    await body({ terminal, run: join([...programArgv(), "run", `${dir.path}/manifest.yaml`]), since });
  } finally {
    await terminal.stop();
    dir.remove();
  }
}

async function shows(terminal: Terminal, pattern: RegExp): Promise<void> {
  await waitFor(() => pattern.test(terminal.screen()), { what: `${pattern} on the screen` }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it shows:\n${terminal.screen()}`);
  });
}

/** The same for what may be on the screen for moments only. */
async function wrote(terminal: Terminal, pattern: RegExp): Promise<void> {
  await waitFor(() => pattern.test(stripVTControlCharacters(terminal.written())), { what: `${pattern} to be written` });
}

describe("the table on a terminal", { skip: needs("script") }, () => {
  test("shows each host with its state, and why one failed", { timeout: 60_000 }, () =>
    onTerminal({}, async (terminal) => {
      await shows(terminal, /^HOST +VIP +STATE +ADDRESSES +BY/m);
      await shows(terminal, /^here +127\.\S+ +ready/m);
      await shows(terminal, /^web +127\.\S+ +ready +127\.\S+:8080 is 127\.0\.0\.1:80/m);
      await shows(terminal, /^broken +127\.\S+ +failed/m);
      await shows(terminal, /exit code: 4\n *\| no such container/);
      await shows(terminal, /again in [\d.]+ s \(attempt \d+\)/);
    }),
  );

  test("says so when an agent is killed", { timeout: 60_000 }, () =>
    onTerminal({}, async (terminal) => {
      const agent = descendantsOf(terminal.pid).find(({ argv }) => argv.at(-1) === "agent");
      process.kill(agent?.pid ?? 0, "SIGKILL");
      await wrote(terminal, /web +127\.\S+ +failed/);
      await wrote(terminal, /signal SIGKILL/);
      await wrote(terminal, /1 of 3 hosts (are|is) ready/);
      await shows(terminal, /^web +127\.\S+ +ready/m);
    }),
  );

  test("Ctrl-S stops what is shown and nothing else, and no stop waits for it", { timeout: 60_000 }, async () => {
    const echo = await startEcho();
    const dir = tempDir("table");
    const served = { ...hosts.web, ports: [`8080:127.0.0.1:${echo.port}`] };
    writeFileSync(`${dir.path}/manifest.yaml`, JSON.stringify({ hosts: { ...hosts, web: served } }));
    const terminal = await startOnTerminal([...programArgv(), "run", `${dir.path}/manifest.yaml`]);
    try {
      await shows(terminal, /2 of 3 hosts are ready/);
      terminal.type("\x13");
      const agent = descendantsOf(terminal.pid).find(({ argv }) => argv.at(-1) === "agent");
      process.kill(agent?.pid ?? 0, "SIGKILL"); // that has to be shown, again and again
      // Before the manager has seen its end, a connection would be reset with it.
      const isNext = ({ argv, pid }: ProcessInfo) => argv.at(-1) === "agent" && pid !== agent?.pid;
      await waitFor(() => echo.accepted() === 0 && descendantsOf(terminal.pid).some(isNext), { what: "the next agent" });
      assert.equal(await exchange({ host: vip(2), port: 8080 }, "hello"), "hello");
      const manager = descendantsOf(terminal.pid).find(({ argv }) => argv.includes("run"));
      process.kill(manager?.pid ?? 0, "SIGTERM");
      await waitFor(() => manager !== undefined && !isAlive(manager), { what: "the manager to end" });
    } finally {
      await terminal.stop();
      await echo.stop();
      dir.remove();
    }
  });

  test("is never wider or higher than the terminal", { timeout: 60_000 }, () =>
    onTerminal({ columns: 40, rows: 8 }, async (terminal) => {
      const lines = terminal.screen().split("\n");
      assert.ok(lines.length <= 8, `${lines.length} lines`);
      for (const line of lines) assert.ok(line.length < 40, line);
      await shows(terminal, /\.\.\. \d+ more lines/);
      const manager = descendantsOf(terminal.pid).find(({ argv }) => argv.includes("run"));
      spawnSync("stty", ["-F", readlinkSync(`/proc/${manager?.pid}/fd/0`), "cols", "30", "rows", "30"]);
      await shows(terminal, /exit code: 4/);
      for (const line of terminal.screen().split("\n")) assert.ok(line.length < 30, line);
    }),
  );

  // Deno gives no signal back to the system, so a drawing that is due comes before the signal of having been continued.
  const skip = process.versions.deno !== undefined && "Deno cannot tell a stop from a pause in time";
  test("is drawn below what the shell wrote while it was stopped or in the background", { timeout: 60_000, skip }, () =>
    inShell(async ({ terminal, run, since }) => {
      terminal.type(`${run}\n`);
      await shows(terminal, /2 of 3 hosts are ready/);
      for (const [index, goOn] of ["fg", "bg", "kill -CONT %1; fg"].entries()) {
        terminal.type("\x1a");
        await since.shows(/Stopped/);
        since.now();
        if (goOn === "bg") terminal.type("bg\n");
        terminal.type(`echo mark-$((${index} + 1000))\n`);
        await since.shows(new RegExp(`mark-100${index}`));
        terminal.type(goOn === "bg" ? "fg\n" : `${goOn}\n`);
        await since.shows(/HOST +VIP/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins a control sequence
        assert.doesNotMatch(since.text().replace(/HOST +VIP[\s\S]*/, ""), /\x1b\[\d+A/, "what the shell wrote is not drawn over");
        await since.shows(/hosts are ready\. Ctrl-C stops/);
      }
      since.now();
      // With the table as it was drawn last, the next drawing takes its place.
      await since.shows(/\d+A[\s\S]*HOST/);
      terminal.type("\x03");
      await since.shows(/Network is stopped/);
      terminal.type("exit $?\n");
      assert.deepEqual(await terminal.exited, { code: 0, signal: null });
    }),
  );
});
