// Whether two values are the same, as `assert.deepStrictEqual` of Node's documents says it.

/** Pairs under comparison, for values that hold themselves. */
type Under = Map<object, object>;

type Keyed = Readonly<Record<PropertyKey, unknown>>;

/** Compares prototypes, own enumerable properties, symbols too, and what the built-in kinds hold inside. */
export function isDeepEqual(one: unknown, other: unknown, under: Under = new Map()): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (tagOf(one) !== tagOf(other)) return false;
  if (under.has(one)) return under.get(one) === other;
  under.set(one, other);
  const equal = sameInside(one, other, under) && sameProperties(one, other, under);
  under.delete(one);
  return equal;
}

const tagOf = (value: object): string => Object.prototype.toString.call(value);

/** What is not a property: the elements of collections, the value of a wrapper. */
function sameInside(one: object, other: object, under: Under): boolean {
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length;
  if (one instanceof Error) return other instanceof Error && sameErrors(one, other, under);
  if (one instanceof Date) return other instanceof Date && Object.is(one.getTime(), other.getTime());
  if (one instanceof RegExp) return other instanceof RegExp && String(one) === String(other) && one.lastIndex === other.lastIndex;
  if (one instanceof Map) return other instanceof Map && sameMaps(one, other, under);
  if (one instanceof Set) return other instanceof Set && sameSets(one, other, under);
  if (one instanceof URL) return other instanceof URL && one.href === other.href;
  if (one instanceof DataView || one instanceof ArrayBuffer) return sameBytes(one, other);
  if (ArrayBuffer.isView(one)) return ArrayBuffer.isView(other) && sameElements(one, other);
  if (isWrapper(one)) return isWrapper(other) && Object.is(one.valueOf(), other.valueOf());
  return !(one instanceof WeakMap || one instanceof WeakSet || one instanceof Promise);
}

const isWrapper = (value: object): boolean =>
  [Number, String, Boolean, BigInt, Symbol].some((kind) => value instanceof kind) || false;

function sameErrors(one: Error, other: Error, under: Under): boolean {
  return ["name", "message", "cause", "errors"].every((key) => {
    if (Object.hasOwn(one, key) !== Object.hasOwn(other, key)) return false;
    return isDeepEqual(Reflect.get(one, key), Reflect.get(other, key), under);
  });
}

function sameMaps(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>, under: Under): boolean {
  if (one.size !== other.size) return false;
  const free = new Map(other);
  return [...one].every(([key, value]) => {
    const found = match(key, free.keys(), under, (name) => isDeepEqual(value, other.get(name), under));
    return found !== undefined && free.delete(found.key);
  });
}

function sameSets(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>, under: Under): boolean {
  if (one.size !== other.size) return false;
  const free = new Set(other);
  return [...one].every((key) => {
    const found = match(key, free, under, () => true);
    return found !== undefined && free.delete(found.key);
  });
}

/** The one of `keys` that equals `key` and fits: itself before all others. */
function match(key: unknown, keys: Iterable<unknown>, under: Under, fits: (key: unknown) => boolean) {
  const all = [...keys];
  if (all.includes(key)) return fits(key) ? { key } : undefined;
  const found = all.find((one) => typeof one === "object" && isDeepEqual(key, one, under) && fits(one));
  return found === undefined ? undefined : { key: found };
}

function sameBytes(one: DataView | ArrayBuffer, other: object): boolean {
  const bytesOf = (of: object) => {
    if (of instanceof DataView) return new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
    return of instanceof ArrayBuffer ? new Uint8Array(of) : undefined;
  };
  const [first, second] = [bytesOf(one), bytesOf(other)];
  return first !== undefined && second !== undefined && sameElements(first, second);
}

function sameElements(one: ArrayBufferView, other: ArrayBufferView): boolean {
  const [first, second] = [one, other] as unknown as readonly ArrayLike<unknown>[];
  if (first === undefined || second === undefined || first.length !== second.length) return false;
  for (let at = 0; at < first.length; at += 1) if (!Object.is(first[at], second[at])) return false;
  return true;
}

/** Own enumerable properties; of typed arrays those that are no elements, which `sameElements` has compared. */
function sameProperties(one: object, other: object, under: Under): boolean {
  const keys = keysOf(one);
  const others = new Set(keysOf(other));
  if (keys.length !== others.size || !keys.every((key) => others.has(key))) return false;
  const [first, second] = [one as Keyed, other as Keyed];
  return keys.every((key) => isDeepEqual(first[key], second[key], under));
}

function keysOf(value: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) =>
    Object.prototype.propertyIsEnumerable.call(value, symbol),
  );
  const names = Object.keys(value);
  return [...(ArrayBuffer.isView(value) ? names.filter((name) => !/^\d+$/.test(name)) : names), ...symbols];
}
