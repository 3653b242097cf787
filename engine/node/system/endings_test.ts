// How a process ends: codes, events and messages, on Node and, where it was built, on the engine.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, constants, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { engineProgram } from "../../../tests/support/engine/agent.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";

const { O_NONBLOCK } = constants;
const dir = tempDir("endings", 0o755);
after(() => dir.remove());

const PROGRAMS: Readonly<Record<string, string | undefined>> = {
  node: process.execPath,
  engine: await engineProgram().catch(() => undefined),
};

const MISSING = "the engine cannot be built here";

interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, script: string): Ending {
  const path = join(dir.path, "script.mjs");
  writeFileSync(path, script);
  return spawnSync(program, [path], { encoding: "utf8" });
}

/** Tells `exit` and `beforeExit` on standard output. */
const TOLD = `for (const name of ["beforeExit", "exit"]) process.on(name, (code) => console.log(name, code));\n`;

interface Case {
  readonly script: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "a program that is done": {
    script: `${TOLD}setTimeout(() => console.log("last"), 1);`,
    status: 0,
    stdout: "last\nbeforeExit 0\nexit 0\n",
  },
  "a code that was set": { script: `${TOLD}process.exitCode = 3;`, status: 3, stdout: "beforeExit 3\nexit 3\n" },
  "work that begins at the end": {
    script: `let more = true; process.on("beforeExit", () => { if (more) setTimeout(() => console.log("more"), 1); more = false; });`,
    status: 0,
    stdout: "more\n",
  },
  "an exit from within": {
    script: `${TOLD}setTimeout(() => process.exit(4), 1); setInterval(() => {}, 1000);`,
    status: 4,
    stdout: "exit 4\n",
  },
  "another code in the event": { script: `process.on("exit", () => { process.exitCode = 9; });`, status: 9, stdout: "" },
  "an exit in the event": {
    script: `process.on("exit", (code) => { console.log(code); process.exit(8); });`,
    status: 8,
    stdout: "0\n",
  },
  "an exception of a timer": {
    script: `${TOLD}setTimeout(() => { throw new TypeError("thrown"); }, 1);`,
    status: 1,
    stdout: "exit 1\n",
    stderr: /TypeError: thrown\n {4}at /,
  },
  "an exception of the module": {
    script: `${TOLD}throw new Error("at once");`,
    status: 1,
    stdout: "exit 1\n",
    stderr: /Error: at once\n {4}at /,
  },
  "an exception of the module that is heard": {
    script: `for (const name of ["uncaughtException", "unhandledRejection"]) process.on(name, ({ message }) => console.log(name, message));
      throw new Error("once");`,
    status: 0,
    stdout: "uncaughtException once\n",
  },
  "a module that is imported and throws": {
    script: `process.on("unhandledRejection", ({ message }) => console.log("unhandled", message));
      const address = "data:text/javascript;base64," + btoa("throw new Error('within')");
      for (const time of [1, 2]) await import(address).catch(({ message }) => console.log(time, message));`,
    status: 0,
    stdout: "1 within\n2 within\n",
  },
  "something thrown that is no error": { script: `throw { a: 1 };`, status: 1, stdout: "", stderr: /\{ a: 1 \}/ },
  "a rejection": {
    script: `${TOLD}Promise.reject(new RangeError("rejected"));`,
    status: 1,
    stdout: "exit 1\n",
    stderr: /RangeError: rejected\n {4}at /,
  },
  "a rejection without an error": {
    script: `Promise.reject(5);`,
    status: 1,
    stdout: "",
    stderr: /ERR_UNHANDLED_REJECTION|rejected with the reason "5"/,
  },
  "a rejection that is handled in time": {
    script: `const made = Promise.reject(1); queueMicrotask(() => made.catch(() => console.log("caught")));`,
    status: 0,
    stdout: "caught\n",
  },
  "listeners for exceptions": {
    script: `process.on("uncaughtException", (thrown, origin) => console.log(thrown.message ?? thrown, origin));
      queueMicrotask(() => { throw 1; });
      setTimeout(() => { throw 2; }, 1);
      setTimeout(() => Promise.reject(new RangeError("3")), 20);`,
    status: 0,
    stdout: "1 uncaughtException\n2 uncaughtException\n3 unhandledRejection\n",
  },
  "listeners for rejections": {
    script: `process.on("unhandledRejection", (reason) => console.log("rejected", reason)); Promise.reject(1);`,
    status: 0,
    stdout: "rejected 1\n",
  },
  "an exception in the listener for exceptions": {
    script: `${TOLD}process.on("uncaughtException", () => { throw new Error("second"); }); throw new Error("first");`,
    status: 7,
    stdout: "",
    stderr: /Error: second/,
  },
  "an event's error that nobody hears": {
    script: `process.emit("error", new Error("emitted"));`,
    status: 1,
    stdout: "",
    stderr: /Error: emitted/,
  },
  "an await that never ends": { script: `await new Promise(() => {});`, status: 13, stdout: "" },
  "a warning": {
    script: `process.on("warning", ({ name, message, code }) => console.log(name, message, code)); process.emitWarning("w", { type: "T", code: "C" });`,
    status: 0,
    stdout: "T w C\n",
    stderr: /^\(\w+:\d+\) \[C\] T: w/,
  },
  "large output": {
    script: `process.stdout.write("x".repeat(50_000)); process.exit(0);`,
    status: 0,
    stdout: "x".repeat(50_000),
  },
  "an error of a socket that nobody hears": {
    script: `import { connect, Socket } from "node:net";
      process.on("uncaughtException", ({ message }) => console.log(message));
      const on = (socket) => socket.on("close", (hadError) => console.log("close", hadError));
      on(new Socket()).destroy(new Error("unheard"));
      const socket = on(connect(1, "127.0.0.1"));
      socket.on("error", () => { throw new Error("thrown"); });
      socket.destroy(new Error("heard"));`,
    status: 0,
    stdout: "unheard\nclose undefined\nthrown\nclose true\n",
  },
  "another program": {
    script: `process.execve?.("/bin/sh", ["sh", "-c", "echo $X"], { X: "became" }); console.log("became");`,
    status: 0,
    stdout: "became\n",
  },
};

/** Ways to end, and a code or a signal as a shell has it. */
const ENDS: Readonly<Record<string, number>> = {
  "process.exit(3)": 3,
  "throw new Error('thrown')": 1,
  "process.kill(process.pid, 'SIGINT')": 128 + 2,
  "process.kill(process.pid, 'SIGTERM')": 128 + 15,
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`a standard stream is left blocking, however it ends (${name})`, { skip: program === undefined && MISSING }, () => {
    for (const [end, code] of Object.entries(ENDS)) {
      const path = join(dir.path, "blocking.mjs");
      writeFileSync(
        path,
        `import { Socket } from "node:net"; new Socket({ fd: 1 }); setTimeout(() => { ${end}; }, 1); setInterval(() => {}, 1000);`,
      );
      const words = ["-c", '"$0" "$1"; echo $?; grep flags /proc/self/fdinfo/1', program ?? "", path];
      const [status, flags] = spawnSync("sh", words, { encoding: "utf8" }).stdout.split("\n");
      assert.deepEqual([Number(status), Number.parseInt(/\d+/.exec(flags ?? "")?.[0] ?? "", 8) & O_NONBLOCK], [code, 0], end);
    }
  });

  for (const [title, { script, status, stdout, stderr = /^/ }] of Object.entries(CASES)) {
    test(`${title} (${name})`, { skip: program === undefined && MISSING }, () => {
      const ending = run(program ?? "", script);
      assert.deepEqual([ending.status, ending.stdout], [status, stdout], ending.stderr);
      assert.match(ending.stderr, stderr);
    });
  }
}

const noOtherUser = PROGRAMS.engine === undefined ? MISSING : process.getuid?.() !== 0 && "only root makes a file another user's";

test("a program that runs as the owner of its file knows who that is", { skip: noOtherUser }, () => {
  const program = join(dir.path, "owned");
  copyFileSync(PROGRAMS.engine ?? "", program);
  chownSync(program, 65534, 65533);
  chmodSync(program, 0o6755);
  const script = "console.log(process.getuid(), process.geteuid(), process.getgid(), process.getegid());";
  assert.equal(run(program, script).stdout, "0 65534 0 65533\n");
});
