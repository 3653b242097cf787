// Programs that are started with descriptors and options, sockets of any kind, descriptors that pass between processes, and new
// namespaces, which come last: they change this process.

export {};

const [EPERM, ENOENT, ENOEXEC, EBADF, EAGAIN, EACCES, EINVAL, ENOSPC] = [-1, -2, -8, -9, -11, -13, -22, -28];
const [EPIPE, ENOPROTOOPT, EAFNOSUPPORT, ECONNREFUSED] = [-32, -92, -97, -111];
const [SIGKILL, SIGUSR1, SIGCONT, SIGSTOP] = [9, 10, 18, 19];
const [NEW_SESSION, OWN_GROUP, DIES_WITH_PARENT, TELLS_STOPS] = [1, 2, 4, 8];
const READ_WRITE_NEW = 0o1102;
const SHELL = "/bin/sh";
const PATH = ["PATH=/bin:/usr/bin:/sbin:/usr/sbin", "ENGINE_CHECK=yes"];

type Ended = Parameters<typeof host.start>[5];

function put(path: string, text: string, mode = 0o600): number {
  const fd = host.open(path, READ_WRITE_NEW, mode);
  const written = host.write(fd, host.encodeUtf8(text), 0);
  host.close(fd);
  return written;
}

function contents(path: string): string {
  const fd = host.open(path, 0, 0);
  const buffer = new Uint8Array(8192);
  const size = host.readAt(fd, buffer, 0, buffer.length, 0);
  host.close(fd);
  return host.decodeUtf8(buffer.subarray(0, Math.max(0, size)));
}

/** Runs lines of a shell to their end; their status. */
function run(lines: string, descriptors: readonly number[], options = 0): Promise<number> {
  return new Promise((resolve) => {
    const ended: Ended = (status, isStopped) => {
      expect(isStopped, false);
      resolve(status);
    };
    const pid = host.start(SHELL, ["sh", "-c", lines], PATH, descriptors, options, ended);
    if (pid < 0) resolve(pid);
  });
}

const newFile = (name: string) => host.open(name, READ_WRITE_NEW, 0o600);
const [one, other, third, none] = [newFile("one"), newFile("other"), newFile("third"), host.open("/dev/null", 2, 0)];
const openCount = () => (host.readdir("/proc/self/fd") as readonly unknown[]).length;
host.close(host.listen("127.0.0.1", 0, 1, false)); // from now on a descriptor is held in reserve
const atStart = openCount();
/** What a program has open, among it what this one was started with. */
const openInProgram = async () => [await run("ls /proc/self/fd > fds", [none, none, none]), contents("fds")];
const inherited = await openInProgram();

// Descriptors in any order, more than once, and with numbers that others are to get.
for (const list of [
  [one, 0, one],
  [0, 1, 2],
  [2, 1, 0],
  [1, 0, other],
  [other, one, third],
  [one, one, one, one],
  [third, 0, 2, 1, other],
  [one],
]) {
  const wanted = Array.from({ length: 6 }, (_, at) => {
    // Standard streams that are not given stay.
    const fd = list[at] ?? (at < 3 ? at : undefined);
    return fd === undefined ? `${at}\n` : `${at} ${host.readlink(`/proc/self/fd/${fd}`)}\n`;
  });
  expect(await run("( for n in 0 1 2 3 4 5; do echo $n $(readlink /proc/$$/fd/$n); done ) > found", list), 0);
  expect(contents("found"), wanted.join(""));
}
put("input", "a line\n");
const input = host.open("input", 0, 0);
expect([await run("read line; echo +$line+; echo failed >&2; exit 7", [input, one, other]), contents("one")], [7, "+a line+\n"]);
expect([contents("other"), host.close(input)], ["failed\n", 0]);
const most = Array.from({ length: 64 }, () => none);
expect(await run("exit 5", most), 5);
expect(
  await Promise.all(Array.from({ length: 20 }, (_, code) => run(`exit ${code}`, [none, none, none]))),
  Array.from({ length: 20 }, (_, code) => code),
);

// What cannot be started says so, calls nobody, and leaves nothing open.
put("no-program", "exit 0\n");
put("no-format", "\x01\x02", 0o700);
const never: Ended = () => fail("It was started");
const start = (path: string, descriptors: readonly number[], options = 0, words: readonly string[] = ["word"]) =>
  host.start(path, words, [], descriptors, options, never);
expect(
  ["/none", "/", "no-program", "no-format", "a\0b", ""].map((path) => start(path, [0, 1, 2])),
  [ENOENT, EACCES, EACCES, ENOEXEC, EINVAL, ENOENT],
);
expect(start("x".repeat(5000), [0]), -36);
expect(
  [[-1], [0, 2 ** 20], [0, 1, 2, 12_345]].map((list) => start(SHELL, list)),
  [EBADF, EBADF, EBADF],
);
expect(
  [16, -1, 2 ** 30].map((options) => start(SHELL, [], options)),
  [EINVAL, EINVAL, EINVAL],
);
expectThrow(() => start(SHELL, [...most, none]), RangeError);
expectThrow(() => start(SHELL, [1.5]), RangeError);
expectThrow(() => start(SHELL, ["0" as unknown as number]), TypeError);
expectThrow(() => start(SHELL, { length: -1 } as number[]), RangeError);
expectThrow(() => start(SHELL, null as unknown as number[]), TypeError);
expectThrow(() => start(SHELL, [0], 0, ["a\0b"]), TypeError);
expectThrow(() => start(SHELL, [0], 0.5), RangeError);
expectThrow(() => host.start(SHELL, [], [], [], 0, 1 as unknown as Ended), TypeError);
const broken = Object.defineProperty([0, 1], 1, {
  get: () => {
    throw new SyntaxError("getter");
  },
});
expectThrow(() => start(SHELL, broken), SyntaxError);
await pause(20);
expect(openCount(), atStart);

// Sessions, groups, and stops.
for (const [options, isLeader, hasGroup] of [
  [0, false, false],
  [OWN_GROUP, false, true],
  [NEW_SESSION, true, true],
  [NEW_SESSION | OWN_GROUP, true, true],
] as const) {
  expect(await run("set -- $(cat /proc/$$/stat); echo $1 $5 $6 > ids", [none, none, none], options), 0);
  const [pid, group, session] = contents("ids").trim().split(" ");
  expect([options, session === pid, group === pid], [options, isLeader, hasGroup]);
}
for (const options of [TELLS_STOPS, 0]) {
  const told: [number, boolean][] = [];
  const words = ["sh", "-c", "kill -STOP $$; echo on > went-on; kill -STOP $$; exit 3"];
  const pid = host.start(SHELL, words, PATH, [none, none, none], options, (...what) => void told.push(what));
  const isStopped = () => contents(`/proc/${pid}/stat`).includes(") T ");
  const stop = [-SIGSTOP, true];
  await until(() => isStopped() && (options === 0 || told.length === 1));
  host.kill(pid, SIGCONT);
  await until(() => contents("went-on") === "on\n" && isStopped() && (options === 0 || told.length === 2));
  await pause(10);
  expect(told, options === 0 ? [] : [stop, stop]);
  host.kill(pid, options === 0 ? SIGKILL : SIGCONT);
  await until(() => told.at(-1)?.[1] === false);
  expect(told, options === 0 ? [[-SIGKILL, false]] : [stop, stop, [3, false]]);
  host.unlink("went-on");
}

// Messages keep apart, and descriptors come with theirs, in order.
const pair = host.socketPair();
if (typeof pair === "number") fail(`${pair}`);
const [mine, theirs] = pair;
const buffer = new Uint8Array(8);
const received: number[] = [];
function receive(fd = theirs): readonly [number, ...number[]] {
  const came = host.receiveDescriptors(fd, buffer);
  if (typeof came === "number") fail(`${came}`);
  received.push(...came.slice(1));
  return came;
}
expect(host.receiveDescriptors(theirs, buffer), EAGAIN);
expect(
  [[one, other, one, third], [], [other]].map((list, at) => host.sendDescriptors(mine, bytes(at, at, at), list)),
  [3, 3, 3],
);
const [size, ...passed] = receive();
expect(
  [size, passed.map((fd, at) => host.isSameFile(fd, [one, other, one, third][at] ?? -1)), new Set([...passed, one]).size],
  [3, [true, true, true, true], 5],
);
expect([receive(), buffer.subarray(0, 3)], [[3], bytes(1, 1, 1)]);
expect(receive().length, 2);
expect(buffer.subarray(0, 3), bytes(2, 2, 2));
expect(host.sendDescriptors(theirs, bytes(1), Array(32).fill(one)), 1);
const [, ...all] = receive(mine);
expect([all.length, all.every((fd) => host.isSameFile(fd, one))], [32, true]);
expect(await openInProgram(), inherited);
expectThrow(() => host.sendDescriptors(mine, bytes(1), Array(33).fill(one)), RangeError);
expectThrow(() => host.sendDescriptors(mine, bytes(1), null as unknown as number[]), TypeError);
expectThrow(() => host.sendDescriptors(mine, "1" as unknown as Uint8Array, []), TypeError);
expect([host.sendDescriptors(mine, bytes(1), [one, -1]), host.sendDescriptors(mine, bytes(1), [12_345])], [EBADF, EBADF]);
expect([host.sendDescriptors(mine, new Uint8Array(12).fill(4), [one]), receive().length], [12, 2]);
expect([host.sendDescriptors(mine, bytes(9), []), host.close(mine)], [1, 0]);
expect([receive(), receive(), receive()], [[1], [0], [0]]);
expect([host.sendDescriptors(theirs, bytes(1), [one]), host.close(theirs)], [EPIPE, 0]);

// Sockets of any kind.
const [INET, INET6, NETLINK, STREAM, RAW] = [2, 10, 16, 1, 3];
const [listener, client, netlink] = [
  host.openSocket(INET, STREAM, 0),
  host.openSocket(INET, STREAM, 0),
  host.openSocket(NETLINK, RAW, 0),
];
expect([host.openSocket(12_345, STREAM, 0), host.setOption(listener, 1, 9999, 1)], [EAFNOSUPPORT, ENOPROTOOPT]);
expect([host.setOption(listener, 1, 2, 1), host.setOption(-1, 1, 2, 1)], [0, EBADF]);
expect(
  ["name", "", "::1"].map((address) => host.bind(listener, address, 0)),
  [EINVAL, EINVAL, EAFNOSUPPORT],
);
expect([host.bind(listener, "127.0.0.1", 65_536), host.bind(listener, "127.0.0.1", 0)], [EINVAL, 0]);
const [address, port = 0] = host.localName(listener) ?? [];
/** Connects, and gives the error. */
async function connectTo(fd: number): Promise<number> {
  const begun = host.beginConnecting(fd, "127.0.0.1", port);
  if (begun < 0) return begun;
  let isReady = false;
  host.watch(fd, 2, () => {
    isReady = true;
    host.unwatch(fd);
  });
  await until(() => isReady);
  return host.socketError(fd);
}
const early = host.openSocket(INET, STREAM, 0);
expect([address, port > 0, await connectTo(early)], ["127.0.0.1", true, ECONNREFUSED]);
expect([host.beginListening(listener, 8), host.beginListening(-1, 8), host.accept(listener)], [0, EBADF, EAGAIN]);
expect([host.beginConnecting(client, "name", port), await connectTo(client)], [EINVAL, 0]);
const accepted = host.accept(listener);
expect([accepted > 0, host.read(client, buffer), host.write(accepted, bytes(1, 2), 0)], [true, EAGAIN, 2]);
await until(() => host.read(client, buffer) === 2);
const udp6 = host.openSocket(INET6, 2, 0);
for (const fd of [...received, listener, client, netlink, early, accepted, udp6]) host.close(fd);

// The end of a parent: whoever asked for it gets a signal, and what is to die with it dies.
put(
  "parent.mjs",
  `hook({ signal: (signal) => { host.write(1, host.encodeUtf8("signal " + signal), 0); host.exit(0); } });
  const file = (name) => host.close(host.open(name, 0o1102, 0o600));
  if (host.argv[2] === "asks") {
    host.catchSignal(${SIGUSR1});
    expect([host.signalOfParentsEnd(${SIGUSR1}), host.signalOfParentsEnd(-5)], [0, ${EINVAL}]);
    file("asked");
    host.setTimer(() => fail("It was not told"), 60_000, false);
  } else {
    host.start("/bin/sh", ["sh", "-c", "echo > started; exec sleep 100"], ["PATH=/bin:/usr/bin"], [0, 1, 2], ${DIES_WITH_PARENT}, () => undefined);
    await until(() => typeof host.stat("started", true) !== "number");
    host.exit(4);
  }`,
);
const ends = host.socketPair();
if (typeof ends === "number") fail(`${ends}`);
const [outer, inner] = ends;
const [engine = ""] = host.argv;
const asking = `'${engine}' parent.mjs asks & while [ ! -e asked ]; do sleep 0.01; done; exit 6`;
expect(await run(asking, [none, inner, 2]), 6);
/** What is read once there is something, or the end. */
async function readOuter(): Promise<string> {
  const line = new Uint8Array(64);
  let came = EAGAIN;
  await until(() => {
    came = host.read(outer, line);
    return came !== EAGAIN;
  });
  return came < 0 ? `${came}` : host.decodeUtf8(line.subarray(0, came));
}
expect(await readOuter(), `signal ${SIGUSR1}`);
expect(await run(`exec '${engine}' parent.mjs starts`, [none, inner, 2]), 4);
host.close(inner);
expect([await readOuter(), host.close(outer)], ["", 0]);
expect(openCount(), atStart);

// Mounts and capabilities are refused where they are wrong, whoever asks.
expect([host.keepCapability(-1), host.keepCapability(64)], [EINVAL, EINVAL]);
expect([host.mount("none", "/none", "tmpfs", 0, "a\0b"), host.mount("none", "x".repeat(5000), "", 0, "")], [EINVAL, -36]);
expect(host.unshare(1), EINVAL);

// Namespaces of its own, where the system lets it have some: nothing of the machine's network, and mounts that nobody else sees.
const [NEW_MOUNTS, NEW_USER, NEW_NETWORK, RECURSIVE_PRIVATE] = [0x20000, 0x10000000, 0x40000000, (1 << 18) | (1 << 14)];
const [uid, gid] = [host.getuid(), host.getgid()];
host.mkdir("hidden", 0o700);
put("hidden/file", "");
const entered = host.unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS);
if (entered !== EPERM && entered !== ENOSPC) {
  expect(entered, 0);
  put("/proc/self/setgroups", "deny");
  const map = [put("/proc/self/uid_map", `${uid} ${uid} 1\n`), put("/proc/self/gid_map", `${gid} ${gid} 1\n`)];
  expect([map.every((written) => written > 0), host.getuid(), host.getgid()], [true, uid, gid]);
  expect([host.mount("none", "/", "", RECURSIVE_PRIVATE, ""), host.mount("none", "/none", "tmpfs", 0, "")], [0, ENOENT]);
  expect(host.mount("none", "hidden", "tmpfs", 0, "size=64k,mode=700"), 0);
  expect(host.keepCapability(10), 0);
  const lines = "( ls -A hidden; grep -c : /proc/net/dev; grep CapAmb /proc/self/status ) > seen";
  expect([await run(lines, [none, none, none]), contents("seen")], [0, "1\nCapAmb:\t0000000000000400\n"]);
  const privileged = host.openSocket(INET, STREAM, 0);
  expect([host.bind(privileged, "0.0.0.0", 53), host.close(privileged)], [0, 0]);
}
