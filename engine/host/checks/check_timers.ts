// Timers: their order, and what a callback may do to them.

import type { Timer } from "engine:host";

const { clearTimer, setTimer } = host;
const order: string[] = [];
const note = (name: string) => () => void order.push(name);
const never = () => fail("This timer was cleared");

const begun = host.now();
// So far apart that setting all of them takes less, also under qemu on a busy machine.
setTimer(note("c"), 600, false);
setTimer(note("a"), 200, false);
setTimer(note("b"), 400, false);
for (let i = 0; i < 5; i++) setTimer(note(String(i)), 100, false);
let runs = 0;
const repeated = setTimer(() => ++runs === 3 && clearTimer(repeated), 2, true);
const cleared = setTimer(never, 1, false);
clearTimer(cleared);
clearTimer(cleared.refresh());
const victim = setTimer(never, 10, false);
setTimer(() => clearTimer(victim), 9, false);
let calls = 0;
const again = setTimer(() => ++calls < 3 && again.refresh(), 3, false);
expect(setTimer(never, 1e9, false).unref().hasRef(), false);
const held = setTimer(never, 1e9, false);
expect([held.hasRef(), held.unref().ref().hasRef()], [true, true]);
setTimer(() => void held.unref(), 40, false);

await pause(650);
expect(host.now() - begun >= 650, true);
expect(order, ["0", "1", "2", "3", "4", "a", "b", "c"]);
await until(() => calls >= 3 && runs >= 3);

// One that a callback sets waits for the next turn, and one that throws does not stop those behind it.
const thrown: unknown[] = [];
hook({ uncaught: (error) => void thrown.push(error) });
setTimer(
  () => {
    throw "first";
  },
  1,
  false,
);
setTimer(() => setTimer(note("inner"), 0, false), 1, false);
const end = host.now() + 3;
while (host.now() < end);
await pause(0);
order.push("outer");
await until(() => order.at(-1) === "inner" && thrown.length > 0);
expect([thrown, order.slice(-2)], [["first"], ["outer", "inner"]]);
for (const wrong of [null, {}, 1]) expectThrow(() => clearTimer(wrong as unknown as Timer), TypeError);
expectThrow(() => setTimer(1 as unknown as () => void, 1, false), TypeError);
