// No descriptor is left: connections that wait are turned away, and the listener is not ready for ever. Runs with few descriptors.

export {};

const EMFILE = -24;

const listener = host.listen("127.0.0.1", 0, 64, false);
const port = host.localName(listener)?.[1] ?? 0;
const clients = Array.from({ length: 5 }, () => host.connect("127.0.0.1", port));
const accepted: number[] = [];
const fill: number[] = [];
let calls = 0;
let turnedAway = 0;
// `listen` has taken a descriptor into reserve.
host.watch(listener, 1, () => {
  calls += 1;
  for (let fd = host.accept(listener); ; fd = host.accept(listener)) {
    if (fd >= 0) accepted.push(fd);
    if (fd === EMFILE) turnedAway += 1;
    if (fd < 0) return;
    if (accepted.length === 1) for (let more = host.open(".", 0, 0); more >= 0; more = host.open(".", 0, 0)) fill.push(more);
  }
});
await until(() => turnedAway > 0);
await pause(30);
expect([accepted.length, turnedAway, calls <= 2], [1, 1, true]);

const ends = clients.map((fd) => host.read(fd, new Uint8Array(1)));
expect(ends.filter((size) => size === -11).length, 1);
expect(ends.filter((size) => size === 0 || size === -104).length, 4);

// Nothing else needs a descriptor: timers and files that are open go on; what needs one says so.
expect([host.open(".", 0, 0), host.connect("127.0.0.1", port), host.readdir(".")], [EMFILE, EMFILE, EMFILE]);
expect(
  host.spawn("/bin/true", ["true"], [], () => undefined),
  EMFILE,
);
expect(host.memory()[0] > 0, true);
host.fillRandom(new Uint8Array(10));

for (const fd of fill) host.close(fd);
host.close(host.connect("127.0.0.1", port));
await until(() => accepted.length > 1);
await pause(20);
expect([accepted.length, turnedAway], [2, 1]);
host.unwatch(listener);
