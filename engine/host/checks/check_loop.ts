// Watches: a callback may do anything to any of them, and nothing is called that has ended.

export {};

const READ = 1;
const HUNG_UP = 8;

/** Both ends of a connection. */
function pair(): [number, number] {
  const listener = host.listen("127.0.0.1", 0, 8, false);
  const near = host.connect("127.0.0.1", host.localName(listener)?.[1] ?? 0);
  let far = host.accept(listener);
  while (far === -11) far = host.accept(listener);
  host.close(listener);
  return [near, far];
}

const pairs = Array.from({ length: 20 }, pair);
const ready = () => pairs.map(([near, far]) => [near, host.write(far, bytes(1), 0)]);

// Each callback ends the watches of all others of its batch, by each of the ways there are.
for (const end of [host.unwatch, host.close, (fd: number) => host.setInterest(fd, 0), host.reset]) {
  const own = Array.from({ length: 10 }, pair);
  let calls = 0;
  for (const [near] of own) {
    host.watch(near, READ, () => {
      calls += 1;
      for (const [other] of own) end(other);
    });
  }
  for (const [, far] of own) host.write(far, bytes(1), 0);
  await until(() => calls > 0);
  await pause(20);
  expect(calls, 1);
  for (const fd of own.flat()) host.close(fd);
}

// A descriptor that is closed, and made and watched anew in one batch, is not called for what came to the former one.
const [first, second] = [pair(), pair()];
let former = 0;
for (const [near] of [first, second]) {
  host.watch(near, READ, () => {
    former += 1;
    const other = near === first[0] ? second : first;
    host.close(other[0]);
    const [again, far] = pair();
    expect(again, other[0]);
    host.watch(again, READ, () => fail("Nothing was sent here"));
    host.setHolding(again, false);
    host.unwatch(near);
    host.setHolding(far, false);
  });
}
for (const [, far] of [first, second]) host.write(far, bytes(1), 0);
await until(() => former > 0);
await pause(20);
expect(former, 1);

// What is left alone costs nothing, also when it is hung up for good; what is wanted again is told again.
const [near, far] = pair();
let calls = 0;
let what = 0;
host.watch(near, READ, (is) => {
  calls += 1;
  what = is;
  host.setInterest(near, 0);
});
host.close(far);
await until(() => calls > 0);
await pause(20);
expect([calls, what & READ], [1, READ]);
host.setInterest(near, READ);
host.setInterest(near, 0);
host.setInterest(near, READ);
await until(() => calls > 1);
await pause(20);
expect(calls, 2);
host.shutdown(near);
host.setInterest(near, 3);
await until(() => calls > 2);
await pause(20);
expect([calls, what & HUNG_UP], [3, HUNG_UP]);
expect([host.close(near), host.setInterest(near, READ), host.watch(near, READ, () => undefined)], [0, -2, -9]);

// A watch of nothing, of a file, and a second one.
const file = host.open("file", 0o102, 0o600);
expect([host.watch(-1, READ, () => undefined), host.watch(2 ** 31 - 1, READ, () => undefined)], [-9, -9]);
expect(
  host.watch(file, READ, () => undefined),
  -1,
);
expect(
  host.watch(pairs[0]?.[0] ?? -1, 0, () => undefined),
  0,
);
expect(
  host.watch(pairs[0]?.[0] ?? -1, READ, () => undefined),
  -17,
);
host.unwatch(pairs[0]?.[0] ?? -1);
expectThrow(() => host.watch(file, 4 as 3, () => undefined), RangeError);
expectThrow(() => host.watch(file, 1, {} as () => void), TypeError);

// More events than one batch has; each callback is called once for each byte.
let served = 0;
for (const [one] of pairs) {
  host.watch(one, READ, () => {
    served += host.read(one, bytes(0));
  });
}
for (let round = 0; round < 30; round++) ready();
await until(() => served >= 600);
await pause(5);
expect(served, 600);

// What a callback throws, and promises that are rejected: told in order, and the others go on.
const told: string[] = [];
hook({
  uncaught: (thrown) => void told.push(`uncaught ${thrown}`),
  unhandledRejection: (reason) => void told.push(`rejected ${reason}`),
  ticks: () => void told.push("ticks"),
  immediates: () => {
    told.push("immediates");
    return told.filter((line) => line === "immediates").length < 2;
  },
});
host.setTimer(
  () => {
    void Promise.reject("never handled");
    const late = Promise.reject("handled");
    void Promise.resolve().then(() => late.catch(() => told.push("handled")));
    void Promise.resolve().then(() => host.wantTicks());
    host.wantTicks();
    host.wantImmediates();
    throw "thrown";
  },
  1,
  false,
);
await until(() => told.filter((line) => line === "immediates").length > 1);
await pause(20);
expect(told, ["uncaught thrown", "ticks", "handled", "ticks", "rejected never handled", "immediates", "immediates"]);

for (const [one, other] of pairs) {
  host.setHolding(one, false);
  host.close(other);
}
