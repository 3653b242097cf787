// Each allocation of a script fails once: the script ends with an error that can be caught, or not at all, and nothing is misused.

/** Of programs that look for errors in themselves: the n-th allocation from now on fails; what was left of the last n. */
const { failAllocation } = host as unknown as { readonly failAllocation: (nth: number) => number };
const MOST = 20_000;
const LEAST = 500;

class Base {
  #hidden = [1, 2, 3];
  static made = 0;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    Base.made += 1;
  }
  get hidden() {
    return this.#hidden.map((one) => one * 2);
  }
}
class Derived extends Base {
  override name = `derived ${super.hidden.length}`;
  *[Symbol.iterator]() {
    yield* this.hidden;
    yield { ...this };
  }
  async *later(...all: number[]) {
    for (const one of all) yield await one;
  }
}

function synchronous(): void {
  const one = new Derived("a");
  const { hidden, ...rest } = { hidden: one.hidden, a: [...one], b: new Map([[one, 1]]), c: new Set("text") };
  const text = `${JSON.stringify(rest)} ${hidden.join("-")} ${"x".repeat(300)}`.replace(/(?<word>[a-z]+)/g, "<$<word>>");
  const parsed = JSON.parse('{"a":[1,2,{"b":"c\\u00e9"}]}') as Record<string, unknown>;
  Object.defineProperty(parsed, "d", { get: () => text, enumerable: true });
  const bytes = new Uint8Array(3000).fill(7).subarray(10, 900).slice(3);
  new DataView(bytes.buffer).setUint32(3, 12345);
  host.decodeUtf8(host.encodeUtf8(text));
  host.decodeBase64(host.encodeBase64(bytes, false));
  host.decodeLatin1(bytes);
  host.encodeHex(bytes);
  host.readdir("/");
  host.stat("/", true);
  host.environment();
  host.networkInterfaces();
  host.sha256().digest();
  host.clearTimer(host.setTimer(() => text, 1e6, false));
  [5, 3, 9, 1].sort((first, other) => first - other).flatMap((each) => [each, String(each)]);
  const weak = new WeakMap([[one, new WeakRef(parsed)]]);
  const proxy = new Proxy(parsed, { get: (target, key) => Reflect.get(target, key) });
  /(a+)\b[\p{L}x-z]{2,5}?(?=y)\1/giu.exec(text);
  Object.entries(proxy).concat(Array.from(text.matchAll(/a(b)?/gu)) as never[]);
  const cycle: Record<string, unknown> = { weak, date: new Date(0).toISOString(), big: 2n ** 200n / 3n, sym: Symbol("s") };
  cycle.self = cycle;
  try {
    (undefined as unknown as typeof one).hidden.at(0);
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new Error("caught", { cause: thrown });
    throw thrown;
  } finally {
    cycle.done = ((...all: unknown[]) => all.length).bind(null);
  }
}

async function asynchronous(): Promise<void> {
  const all: unknown[] = [];
  for await (const one of new Derived("b").later(1, 2, 3, 4)) all.push(one);
  const [first] = await Promise.all([Promise.resolve(1), Promise.any([Promise.reject(new Error("no")), 2]), waits(all)]);
  await Promise.allSettled([waits([first]), Promise.race([1, waits([])]).finally(() => all.push(1))]);
  const closing = new Derived("c").later(1, 2);
  await closing.next();
  await closing.return(undefined);
  await closing.throw(new Error("caught"));
}

async function waits(list: readonly unknown[]): Promise<number> {
  await null;
  return list.length + (await new Promise<number>((resolve) => resolve(1)));
}

hook({ uncaught: () => undefined, unhandledRejection: () => undefined });

/** Whether the n-th allocation was reached. */
function failsAt(nth: number): boolean {
  failAllocation(nth);
  try {
    synchronous();
  } catch {
    // Its own error, or that there is no memory.
  }
  return failAllocation(0) === 0;
}

let nth = 1;
while (nth < MOST && failsAt(nth)) nth += 1;

// No promise of its own: it may be the one that fails.
let later = 0;
host.setTimer(
  () => {
    const reached = failAllocation(0) === 0;
    host.collectGarbage();
    if (later >= MOST || (later > 0 && !reached)) {
      if (nth < LEAST || later < LEAST) fail(`There were ${nth} and ${later} allocations`);
      host.exit(0); // QuickJS leaves some references behind, which is no misuse
    }
    later += 1;
    failAllocation(later);
    void asynchronous().catch(() => undefined);
  },
  1,
  true,
);
