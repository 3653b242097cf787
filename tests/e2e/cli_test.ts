// The command line as a person or a script meets it: words, exit codes, streams; never a stack trace.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { after, describe, test } from "node:test";
import { descendantsOf, isAlive } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { VERSION } from "../../core/version.ts";
import { type Finished, readOutput, runToEnd, startChild } from "../support/child.ts";
import { agentArgv, PROJECT, programArgv, runtimeArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { ONCE, vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { endOf } from "../support/probing.ts";
import { startOnTerminal } from "../support/terminal.ts";

const SLOW = { timeout: 60_000 };
const dir = tempDir("cli");
after(() => dir.remove());

const GOOD = JSON.stringify({ hosts: { here: { vip: vip(1), ports: ["8080:127.0.0.1:80"] } } });
const good = `${dir.path}/good.yaml`;
const bad = `${dir.path}/bad.yaml`;
writeFileSync(good, GOOD);
writeFileSync(bad, "hosts:\n  web:\n    vip: not-an-address\n    prots: []\n");

const STACK = /\n\s+at .+[:(]\d+|node:internal|Error:/;

/** Runs the program to its end, and looks for a stack trace whatever it was asked. */
async function norouter(args: readonly string[], input = ""): Promise<Finished> {
  const done = await runToEnd([...programArgv(), ...args], { cwd: PROJECT, input });
  assert.doesNotMatch(done.stdout + done.stderr, STACK);
  return done;
}

test("a manager that npm's launcher started stops in order when the launcher is gone", { ...SLOW, skip: ONCE }, async () => {
  const [node = ""] = runtimeArgv("node24");
  const line = `'${node}' '${PROJECT}/cli/norouter.mjs' run --json '${good}'; true`;
  const child = await startChild(["sh", "-c", line], { env: { npm_command: "exec" } });
  const output = readOutput(child);
  await waitFor(() => output().includes('"network.ready"'), { what: "the network", timeoutMs: 20_000 });
  const managers = descendantsOf(child.pid);
  child.process.kill("SIGKILL");
  await waitFor(() => output().includes('"network.stopped"'), { what: "the orderly end", timeoutMs: 10_000 });
  await waitFor(() => !managers.some(isAlive), { what: "the manager to be gone" });
  await child.stop();
});

describe("one-shot commands", () => {
  test("version and help", SLOW, async () => {
    for (const flag of ["--version", "-V"]) {
      assert.deepEqual(await norouter([flag]), { code: 0, signal: null, stdout: `${VERSION}\n`, stderr: "" });
    }
    for (const args of [["--help"], ["-h"], ["help"], []]) {
      const { code, stdout, stderr } = await norouter(args);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /Usage:\n {2}norouter run MANIFEST/);
    }
    for (const args of [
      ["help", "run"],
      ["run", "--help"],
    ]) {
      assert.match((await norouter(args)).stdout, /^Usage: norouter run MANIFEST/);
    }
  });

  test("a reader that has had enough is no failure, a full disk is one, and nobody to tell changes nothing", SLOW, async () => {
    const shell = async (line: string) => {
      const words = [...programArgv()].map((word) => `'${word}'`).join(" ");
      return (await runToEnd(["bash", "-c", `set -o pipefail; ${line.replace("norouter", words)}`], { cwd: PROJECT })).code;
    };
    assert.equal(await shell("norouter schema | head -c 1 >/dev/null"), 0);
    // Bun tells nobody of a write to a file that failed.
    if (process.versions.bun === undefined) assert.notEqual(await shell("norouter schema >/dev/full"), 0);
    assert.equal(await shell(`norouter check ${bad} 2>&-`), 65);
  });

  test("unknown commands and options are refused with 64", SLOW, async () => {
    for (const [args, said] of [
      [["runn"], /There is no command "runn"[\s\S]*See 'norouter --help'/],
      [["run"], /wants the path of a manifest[\s\S]*See 'norouter run --help'/],
      [["run", good, "more"], /does not expect "more"[\s\S]*See 'norouter run --help'/],
      [["run", "--frobnicate", good], /--frobnicate[\s\S]*See 'norouter run --help'/],
    ] as const) {
      const { code, stdout, stderr } = await norouter(args);
      assert.deepEqual([code, stdout], [64, ""], args.join(" "));
      assert.match(stderr, said);
    }
  });

  test("a manifest that is not there: 66", SLOW, async () => {
    for (const command of ["run", "check"]) {
      const { code, stdout, stderr } = await norouter([command, `${dir.path}/none.yaml`]);
      assert.deepEqual([code, stdout], [66, ""]);
      assert.match(stderr, /none\.yaml: error: Manifest cannot be read: there is no such file\n/);
      assert.match(stderr, /Check the path/);
    }
  });

  test("a manifest that is wrong: 65, with file, line, column and the line itself", SLOW, async () => {
    for (const command of ["run", "check"]) {
      const { code, stdout, stderr } = await norouter([command, bad]);
      assert.deepEqual([code, stdout], [65, ""]);
      assert.match(stderr, /bad\.yaml:3:10: error: .*not-an-address/);
      assert.match(stderr, /\n {4}vip: not-an-address\n {9}\^+\n/);
      assert.match(stderr, /bad\.yaml:4:5: warning: .*prots/);
    }
  });

  test("check prints the resolved manifest, or JSON", SLOW, async () => {
    const text = await norouter(["check", good]);
    assert.deepEqual([text.code, text.stderr], [0, ""]);
    assert.match(text.stdout, /^hosts:\n {2}here:\n {4}vip: /);
    const json = await norouter(["check", good, "--json"]);
    assert.equal(JSON.parse(json.stdout).manifest.hosts[0].name, "here");
    const wrong = await norouter(["check", "--json", bad]);
    assert.equal(wrong.code, 65);
    assert.deepEqual([JSON.parse(wrong.stdout).ok, wrong.stderr], [false, ""]);
  });

  test("run --json says on standard output, too, that a manifest cannot be run", SLOW, async () => {
    const { code, stdout } = await norouter(["run", "--json", bad]);
    assert.equal(code, 65);
    const { type, diagnostics } = JSON.parse(stdout);
    assert.deepEqual([type, diagnostics.length], ["manifest.invalid", 2]);
  });

  test("a manifest on standard input", SLOW, async () => {
    const { code, stdout } = await norouter(["check", "-"], GOOD);
    assert.equal(code, 0);
    assert.match(stdout, /here:/);
    assert.match((await norouter(["check", "-"], "hosts: 3\n")).stderr, /:1:8: error: /);
  });

  test("the schema is JSON", SLOW, async () => {
    const { code, stdout } = await norouter(["schema"]);
    assert.equal(code, 0);
    assert.match(JSON.parse(stdout).$schema, /json-schema/);
  });

  test("an agent on a terminal explains itself", { ...SLOW, skip: needs("script") }, async () => {
    const terminal = await startOnTerminal([...agentArgv(), "agent"]);
    try {
      assert.equal((await terminal.exited).code, 64);
      assert.match(terminal.written(), /'norouter agent' is started by 'norouter run', not by hand/);
      assert.doesNotMatch(terminal.written(), STACK);
    } finally {
      await terminal.stop();
    }
  });
});

describe("ways to run a network", () => {
  for (const args of [["run", good], ["manager", good], [good], ["run", "-"], ["-"]]) {
    test(`norouter ${args.map((word) => word.replace(good, "FILE")).join(" ")}`, SLOW, async () => {
      const child = await startChild([...programArgv(), ...args], { cwd: PROJECT });
      const stdout = readOutput(child);
      try {
        child.process.stdin?.end(args.includes("-") ? GOOD : "");
        await waitFor(() => stdout().includes("Network is ready: 1 of 1 hosts"), { what: "the network to be ready" });
        child.process.stdout?.once("end", () => {});
        process.kill(child.pid, "SIGTERM");
        assert.deepEqual(await child.exited, { code: 0, signal: null });
        assert.match(stdout(), /^(\d\d:\d\d:\d\d .*\n)+$/);
        assert.doesNotMatch(stdout(), new RegExp(String.fromCharCode(27)));
        assert.match(stdout(), /127\.0\.0\.1:80 on here/);
        assert.match(stdout(), /Network is stopped\n$/);
        assert.equal(child.stderr(), "");
      } finally {
        await child.stop();
      }
    });
  }

  test("a host that fails is told with its command, exit code and last words", SLOW, async () => {
    const file = `${dir.path}/failing.yaml`;
    const cmd = ["sh", "-c", "echo first >&2; echo no such container >&2; exit 3"];
    writeFileSync(file, JSON.stringify({ hosts: { here: { vip: vip(1) }, web: { vip: vip(2), cmd } } }));
    const child = await startChild([...programArgv(), "run", file], { cwd: PROJECT });
    const stdout = readOutput(child);
    try {
      await waitFor(() => stdout().includes("Network is up: 1 of 2 hosts are ready"), { what: "the host to fail" });
      assert.match(stdout(), /web: failed: Host's command ended/);
      assert.match(stdout(), /command: sh -c '.*exit 3' agent\n/);
      assert.match(stdout(), /exit code: 3\n.*\| first\n.*\| no such container\n/);
      assert.doesNotMatch(stdout() + child.stderr(), STACK);
    } finally {
      await child.stop();
    }
  });

  test("a reader that leaves early ends it in order", SLOW, async () => {
    const program = [...programArgv(), "run", "--json", good].join(" ");
    // one line is read, then nobody reads; the shell says how the program ended
    const child = await startChild(["sh", "-c", `{ ${program}; echo "ended $?" >&2; } | head -n 1`], { cwd: PROJECT });
    try {
      const connectingMakesEvents = async () => {
        await endOf({ host: vip(1), port: 8080 });
        return child.process.exitCode !== null;
      };
      await waitFor(connectingMakesEvents, { what: "the program to find its reader gone" });
      assert.match(child.stderr(), /^ended 0\n$/);
    } finally {
      await child.stop();
    }
  });
});
