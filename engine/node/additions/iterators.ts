// Methods of iterators (ECMA-262 section 27.1.4).

type Call<R = unknown> = (value: unknown, at: number) => R;

function check(call: unknown): void {
  if (typeof call !== "function") throw new TypeError(`${String(call)} is not a function`);
}

/** How many, from 0 on. @throws RangeError */
function count(limit: number): number {
  const wanted = Math.trunc(Number(limit));
  if (Number.isNaN(wanted) || wanted < 0) throw new RangeError(`${limit} must be positive`);
  return wanted;
}

/** An iterator as something to loop over, which is closed when the loop is left. */
function loop(iterator: Iterator<unknown>): Iterable<unknown> {
  return { [Symbol.iterator]: () => iterator };
}

/** Lazy ones: each gives another iterator. */
const lazy = {
  *map(this: Iterator<unknown>, call: Call): Generator<unknown> {
    let at = 0;
    for (const value of loop(this)) yield call(value, at++);
  },
  *filter(this: Iterator<unknown>, call: Call): Generator<unknown> {
    let at = 0;
    for (const value of loop(this)) if (call(value, at++)) yield value;
  },
  *take(this: Iterator<unknown>, limit: number): Generator<unknown> {
    let left = limit;
    if (left === 0) return void this.return?.();
    for (const value of loop(this)) {
      yield value;
      left -= 1;
      if (left === 0) return;
    }
  },
  *drop(this: Iterator<unknown>, limit: number): Generator<unknown> {
    let left = limit;
    for (const value of loop(this)) {
      if (left > 0) left -= 1;
      else yield value;
    }
  },
  *flatMap(this: Iterator<unknown>, call: Call<Iterable<unknown>>): Generator<unknown> {
    let at = 0;
    for (const value of loop(this)) yield* call(value, at++);
  },
};

/** Each is a method of an iterator. Wrong arguments throw when it is called, not when the first value is wanted. */
export const iteratorMethods = {
  map(this: Iterator<unknown>, call: Call): Generator<unknown> {
    check(call);
    return lazy.map.call(this, call);
  },
  filter(this: Iterator<unknown>, call: Call): Generator<unknown> {
    check(call);
    return lazy.filter.call(this, call);
  },
  take(this: Iterator<unknown>, limit: number): Generator<unknown> {
    return lazy.take.call(this, count(limit));
  },
  drop(this: Iterator<unknown>, limit: number): Generator<unknown> {
    return lazy.drop.call(this, count(limit));
  },
  flatMap(this: Iterator<unknown>, call: Call<Iterable<unknown>>): Generator<unknown> {
    check(call);
    return lazy.flatMap.call(this, call);
  },
  toArray(this: Iterator<unknown>): unknown[] {
    return [...loop(this)];
  },
  forEach(this: Iterator<unknown>, call: Call): void {
    check(call);
    let at = 0;
    for (const value of loop(this)) call(value, at++);
  },
  reduce(this: Iterator<unknown>, call: (sum: unknown, value: unknown, at: number) => unknown, ...initial: unknown[]): unknown {
    check(call);
    let [sum] = initial;
    let at = 0;
    for (const value of loop(this)) {
      sum = at === 0 && initial.length === 0 ? value : call(sum, value, at);
      at += 1;
    }
    if (at === 0 && initial.length === 0) throw new TypeError("Reduce of a done iterator with no initial value");
    return sum;
  },
  some(this: Iterator<unknown>, call: Call): boolean {
    check(call);
    let at = 0;
    for (const value of loop(this)) if (call(value, at++)) return true;
    return false;
  },
  every(this: Iterator<unknown>, call: Call): boolean {
    check(call);
    let at = 0;
    for (const value of loop(this)) if (!call(value, at++)) return false;
    return true;
  },
  find(this: Iterator<unknown>, call: Call): unknown {
    check(call);
    let at = 0;
    for (const value of loop(this)) if (call(value, at++)) return value;
    return undefined;
  },
};

/** `Iterator.from`: an iterator with these methods over whatever can be iterated over, or is an iterator. */
export function iteratorFrom(items: Iterable<unknown> | Iterator<unknown>): Generator<unknown> {
  const source = Symbol.iterator in Object(items) ? (items as Iterable<unknown>) : loop(items as Iterator<unknown>);
  return lazy.drop.call(source[Symbol.iterator](), 0);
}
