// TCP, Unix and UDP sockets.

import type { Interest } from "engine:host";

const [READ, WRITE] = [1, 2] as const;
const [EINVAL, EAGAIN, ECONNREFUSED, EADDRINUSE, ENOTSOCK] = [-22, -11, -111, -98, -88];

/** Waits until a descriptor is ready. */
const ready = (fd: number, interest: Interest) =>
  new Promise<number>((resolve) => {
    host.watch(fd, interest, (what) => {
      host.unwatch(fd);
      resolve(what);
    });
  });

async function accepted(listener: number): Promise<number> {
  await ready(listener, READ);
  return host.accept(listener);
}

async function received(fd: number): Promise<string> {
  let text = "";
  for (const buffer = new Uint8Array(100); ; ) {
    await ready(fd, READ);
    const size = host.read(fd, buffer);
    if (size <= 0) return text;
    text += host.decodeUtf8(buffer.subarray(0, size));
  }
}

for (const [address, family] of [
  ["127.0.0.1", 4],
  ["::1", 6],
] as const) {
  const listener = host.listen(address, 0, 16, family === 6);
  const port = host.localName(listener)?.[1] ?? 0;
  expect([host.localName(listener), host.accept(listener)], [[address, port, family], EAGAIN]);
  expect([host.listen(address, port, 16, false), host.socketFamily(listener)], [EADDRINUSE, family === 4 ? 2 : 10]);
  const near = host.connect(address, port, address, 0);
  await ready(near, WRITE);
  const far = await accepted(listener);
  expect([host.socketError(near), host.remoteName(near)], [0, [address, port, family]]);
  expect(host.remoteName(far), host.localName(near));
  expect([host.setNoDelay(near, true), host.setKeepAlive(near, true, 60), host.setKeepAlive(near, false, 0)], [0, 0, 0]);
  const parts = [undefined, host.encodeUtf8("xab"), host.encodeUtf8(""), host.encodeUtf8("cd"), undefined, bytes(0)];
  expect([host.writeGathered(near, parts, 1, 1), host.writeGathered(near, parts, 4, 0)], [4, 0]);
  expect([host.writeGathered(near, parts, 1, 4), host.writeGathered(near, parts, -1, 0)], [EINVAL, EINVAL]);
  expectThrow(() => host.writeGathered(near, [bytes(1), "text" as unknown as Uint8Array], 0, 0), TypeError);
  const many = Array.from({ length: 100 }, (_, i) => bytes(48 + (i % 10)));
  expect([host.writeGathered(near, many, 0, 0), host.write(near, host.encodeUtf8("xend"), 1)], [64, 3]);
  expect(host.shutdown(near), 0);
  expect(await received(far), `abcd${"0123456789".repeat(6)}0123end`);
  expect(host.reset(far), 0);
  expect([(await ready(near, READ)) & 4, host.socketError(near)], [4, -104]);
  expect([host.close(near), host.close(listener)], [0, 0]);
  const refused = host.connect(address, port);
  if (refused >= 0) expect([(await ready(refused, WRITE)) & 4, host.socketError(refused)], [4, ECONNREFUSED]);
  else expect(refused, ECONNREFUSED);
}
for (const [address, port] of [
  ["localhost", 1],
  ["", 1],
  ["1.2.3", 1],
  ["127.0.0.1\0", 1],
  ["127.0.0.1", -1],
  ["127.0.0.1", 65536],
  ["::1%none", 1],
] as const)
  expect([host.connect(address, port), host.listen(address, port, 1, false)], [EINVAL, EINVAL]);
expect(host.connect("127.0.0.1", 1, "x", 0), EINVAL);

for (const path of ["socket", "\0abstract", "s".repeat(108), `\0${"a".repeat(107)}`]) {
  const listener = host.listenUnix(path, 1);
  const near = host.connectUnix(path);
  const far = await accepted(listener);
  expect([near > 0, far > 0, host.socketFamily(far), host.localName(near)], [true, true, 1, undefined]);
  let waiting = near;
  const all: number[] = [];
  for (; waiting >= 0; waiting = host.connectUnix(path)) all.push(waiting);
  expect([waiting, host.listenUnix(path, 1)], [EAGAIN, EADDRINUSE]);
  for (const fd of [...all, far, listener]) host.close(fd);
  if (!path.startsWith("\0")) host.unlink(path);
  expect(host.connectUnix(path) < 0, true);
}
for (const path of ["", "s".repeat(109), `\0${"a".repeat(108)}`])
  expect([host.connectUnix(path), host.listenUnix(path, 1)], [EINVAL, EINVAL]);

const inbox = host.openDatagrams(4, "127.0.0.1", 0, false, false);
const outbox = host.openDatagrams(4, undefined, 0, true, false);
const [, port = 0] = host.localName(inbox) ?? [];
expect(host.send(outbox, bytes(1, 2, 3), "127.0.0.1", port), 3);
expect(host.connectDatagrams(outbox, "127.0.0.1", port), 0);
expect([host.send(outbox, bytes()), host.send(outbox, new Uint8Array(70_000))], [0, -90]);
await ready(inbox, READ);
const buffer = new Uint8Array(4);
expect([host.receive(inbox, buffer.subarray(1, 3)), buffer], [2, bytes(0, 1, 2, 0)]);
expect(host.lastSender()?.slice(0, 1), ["127.0.0.1"]);
expect([host.receive(inbox, buffer.subarray(4)), host.receive(inbox, buffer)], [0, EAGAIN]);
expect(host.lastSender(), undefined);
expect([host.openDatagrams(6, "127.0.0.1", 0, false, false), host.openDatagrams(4, "::1", 0, false, false)], [EINVAL, EINVAL]);
expect(
  [host.send(outbox, bytes(1), "::1", 1) < 0, host.send(outbox, bytes(1), "x", 1), host.send(inbox, bytes(1))],
  [true, EINVAL, -89],
);
for (const fd of [inbox, outbox]) host.close(fd);

const file = host.open("file", 0o102, 0o600);
expect(
  [host.socketFamily(file), host.socketError(file), host.accept(file), host.shutdown(file)],
  [ENOTSOCK, ENOTSOCK, ENOTSOCK, ENOTSOCK],
);
expect(
  [host.localName(file), host.remoteName(file), host.localName(-1)].filter((name) => name !== undefined),
  [],
);
