// The process, its signals and its children.

export {};

const [SIGUSR1, SIGTERM, SIGCHLD, SIGPIPE, SIGKILL] = [10, 15, 17, 13, 9];

expect(host.argv.length, 2);
expect(host.environment().ENGINE_CHECK, "yes");
expect([typeof host.pid, host.parentPid() > 0, host.getuid() >= 0, host.getgid() >= 0], ["number", true, true, true]);
expect(
  [host.arch === "x64" || host.arch === "arm64", typeof host.versions.musl, host.hostname().length > 0],
  [true, "string", true],
);
expect([host.errorText(2), host.isatty(-1), host.umask(0o22) >= 0], ["No such file or directory", false, true]);
expect(
  host.memory().map((bytes) => bytes > 1000),
  [true, true, false],
);
host.collectGarbage();
const interfaces = host.networkInterfaces();
if (typeof interfaces === "number") fail(String(interfaces));
const loopback = interfaces.find(([, address]) => address === "127.0.0.1");
if (loopback !== undefined) expect(loopback.slice(2), [4, "255.0.0.0", true, "00:00:00:00:00:00", 0]);

const signals: number[] = [];
hook({ signal: (signal) => void signals.push(signal) });
expect([host.catchSignal(SIGUSR1), host.catchSignal(SIGTERM), host.catchSignal(SIGUSR1)], [0, 0, 0]);
expect([host.catchSignal(SIGKILL), host.catchSignal(0), host.catchSignal(65), host.releaseSignal(-1)], [-22, -22, -22, -22]);
host.kill(host.pid, SIGUSR1);
host.kill(host.pid, SIGTERM);
await until(() => signals.length >= 2);
expect(signals, [SIGUSR1, SIGTERM]);
expect([host.releaseSignal(SIGUSR1), host.releaseSignal(SIGUSR1), host.kill(host.pid, 0), host.kill(2 ** 22, 0)], [0, 0, 0, -3]);
expect([host.catchSignal(SIGPIPE), host.releaseSignal(SIGPIPE), host.kill(host.pid, SIGPIPE)], [0, 0, 0]);

/** What a program writes, and how it ends. */
function outputOf(path: string, words: readonly string[], environment: readonly string[] = []): Promise<[number, string]> {
  return new Promise((resolve) => {
    let output = "";
    let left = 2;
    let status = 0;
    const isDone = () => --left === 0 && resolve([status, output]);
    const started = host.spawn(path, words, environment, (code) => {
      status = code;
      isDone();
    });
    if (typeof started === "number") return resolve([started, ""]);
    const [, fd] = started;
    const buffer = new Uint8Array(100);
    host.watch(fd, 1, () => {
      const size = host.read(fd, buffer);
      if (size > 0) output += host.decodeUtf8(buffer.subarray(0, size));
      if (size > 0 || size === -11) return;
      host.close(fd);
      isDone();
    });
  });
}

expect(await outputOf("/bin/sh", ["sh", "-c", 'read line; echo "$A $0 $1 $line"; exit 3', "x", "y z"], ["A=b"]), [
  3,
  "b x y z \n",
]);
expect(await outputOf("/bin/sh", ["sh", "-c", "kill -TERM $$"]), [-SIGTERM, ""]);
expect(await outputOf("/bin/sh", ["sh", "-c", "kill -PIPE $$"]), [-SIGPIPE, ""]);
expect(
  [await outputOf("/none", ["none"]), await outputOf("a\0b", ["a"])],
  [
    [-2, ""],
    [-22, ""],
  ],
);
expect(host.catchSignal(SIGCHLD), 0);
const all = await Promise.all(Array.from({ length: 20 }, (_, i) => outputOf("/bin/sh", ["sh", "-c", `exit ${i}`])));
expect(
  all.map(([status]) => status),
  all.map((_, i) => i),
);
expect([signals.includes(SIGCHLD), host.releaseSignal(SIGCHLD)], [true, 0]);
expect((await outputOf("/bin/sh", ["sh", "-c", "exit 7"]))[0], 7);
expectThrow(() => host.spawn("/bin/sh", ["a\0b"], [], () => undefined), TypeError);
expectThrow(() => host.spawn("/bin/sh", [1 as unknown as string], [], () => undefined), TypeError);
expectThrow(() => host.spawn("/bin/sh", { length: 2 ** 40 } as string[], [], () => undefined), RangeError);
expectThrow(() => host.spawn("/bin/sh", null as unknown as string[], [], () => undefined), TypeError);

signals.length = 0;
expect([host.catchSignal(SIGPIPE), host.exec("/none", ["none"], []), host.kill(host.pid, SIGPIPE)], [0, -2, 0]);
await until(() => signals.includes(SIGPIPE));
host.exec("/bin/sh", ["sh", "-c", "exit $CODE"], ["CODE=0"]);
fail("The process did not become another");
