// node:os and what node:process tells of the system.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import os from "node:os";
import process, { argv, env, pid, platform } from "node:process";
import { test } from "node:test";
import { isatty } from "node:tty";

/** Calls with other variables of the environment. */
function withEnv<T>(changes: Readonly<Record<string, string | undefined>>, call: () => T): T {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    return call();
  } finally {
    for (const name of Object.keys(changes)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

test("home, user and temporary folder", () => {
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[2] === String(process.getuid?.()));
  assert.equal(withEnv({ HOME: "/somewhere" }, os.homedir), "/somewhere");
  assert.equal(withEnv({ HOME: undefined }, os.homedir), entry?.[5]);
  const { username, homedir, uid, shell } = os.userInfo();
  assert.deepEqual([username, homedir, uid, shell], [entry?.[0], entry?.[5], process.getuid?.(), entry?.[6]]);
  assert.equal(withEnv({ TMPDIR: "/x/", TMP: "/y" }, os.tmpdir), "/x");
  assert.equal(withEnv({ TMPDIR: undefined, TMP: undefined, TEMP: undefined }, os.tmpdir), "/tmp");
});

test("interfaces have addresses with their prefixes", () => {
  const all = Object.values(os.networkInterfaces()).flatMap((infos) => infos ?? []);
  const loopback = all.find(({ address }) => address === "127.0.0.1");
  assert.deepEqual(
    [loopback?.family, loopback?.netmask, loopback?.internal, loopback?.cidr],
    ["IPv4", "255.0.0.0", true, "127.0.0.1/8"],
  );
  for (const { address, family, cidr, mac } of all) {
    assert.equal(`IPv${isIP(address)}`, family);
    assert.ok(cidr?.startsWith(`${address}/`));
    assert.match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  }
});

test("the machine", () => {
  assert.equal(os.hostname(), readFileSync("/proc/sys/kernel/hostname", "utf8").trim());
  assert.deepEqual([os.platform(), os.type(), os.EOL, os.endianness(), platform], ["linux", "Linux", "\n", "LE", "linux"]);
  assert.deepEqual([os.arch(), os.arch()], [process.arch, { x86_64: "x64", aarch64: "arm64" }[os.machine()]]);
  assert.equal(os.release(), readFileSync("/proc/sys/kernel/osrelease", "utf8").trim());
  assert.ok(os.totalmem() > os.freemem() && os.freemem() > 0 && os.uptime() > 0 && os.availableParallelism() >= 1);
  assert.deepEqual([os.constants.signals.SIGTERM, os.constants.errno.ENOENT], [15, 2]);
});

test("this process", () => {
  assert.equal(pid, process.pid);
  assert.deepEqual(env, process.env);
  assert.equal(existsSync(process.execPath), true);
  assert.equal(process.cwd(), process.env.PWD === undefined ? process.cwd() : process.cwd());
  assert.deepEqual(argv, process.argv);
  assert.ok(process.ppid > 0 && process.uptime() >= 0 && process.memoryUsage.rss() > 0 && process.memoryUsage().heapUsed > 0);
  assert.match(process.version, /^v\d+\.\d+\.\d+$/);
  const [seconds, nanoseconds] = process.hrtime(process.hrtime());
  assert.ok(seconds === 0 && nanoseconds > 0 && process.hrtime.bigint() > 0n);
  const mask = process.umask(0o027);
  assert.equal(process.umask(mask), 0o027);
  assert.equal(process.getuid?.(), os.userInfo().uid);
  assert.equal(isatty(-1), false);
});

test("the working folder, and what is wrong with one", () => {
  const before = process.cwd();
  process.chdir("/");
  assert.equal(process.cwd(), "/");
  assert.throws(() => process.chdir("/absent"), {
    message: "ENOENT: no such file or directory, chdir '/' -> '/absent'",
    code: "ENOENT",
    syscall: "chdir",
    path: "/",
    dest: "/absent",
  });
  process.chdir(before);
});

test("signals are sent and heard", async () => {
  const heard: unknown[] = [];
  const listener = (...args: unknown[]) => heard.push(args);
  process.on("SIGWINCH", listener);
  const stays = setInterval(() => undefined, 1000);
  assert.equal(process.kill(process.pid, "SIGWINCH"), true);
  await new Promise((resolve) => process.once("SIGWINCH", resolve));
  process.off("SIGWINCH", listener);
  clearInterval(stays);
  assert.deepEqual(heard, [["SIGWINCH", 28]]);
  assert.equal(process.kill(process.pid, 0), true);
  assert.throws(() => process.kill(2 ** 22 + 1, 0), { message: "kill ESRCH", code: "ESRCH", syscall: "kill" });
  assert.throws(() => process.kill(process.pid, "SIGNONSENSE" as never), { code: "ERR_UNKNOWN_SIGNAL" });
  assert.throws(() => process.kill("x" as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("modules are had without an import", () => {
  const { getBuiltinModule } = process;
  assert.equal(getBuiltinModule("node:os")?.EOL, "\n");
  assert.equal(getBuiltinModule("os")?.EOL, "\n");
  assert.equal(getBuiltinModule("nonsense"), undefined);
});

test("exit codes are whole numbers", () => {
  assert.throws(() => process.exit("x" as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => process.exit(1.5), { code: "ERR_OUT_OF_RANGE" });
});
