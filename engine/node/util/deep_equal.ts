// `util.isDeepStrictEqual`: values of the same classes with the same members.

/** Whether two values are the same, member for member. */
export function isDeepStrictEqual(left: unknown, right: unknown): boolean {
  return same(left, right, []);
}

type Pairs = readonly (readonly [unknown, unknown])[];

function same(left: unknown, right: unknown, above: Pairs): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (above.some(([a, b]) => a === left && b === right)) return true;
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right) || tagOf(left) !== tagOf(right)) return false;
  const pairs: Pairs = [...above, [left, right]];
  return sameContent(left, right, pairs) && sameProperties(left, right, pairs);
}

function tagOf(object: object): string {
  return Object.prototype.toString.call(object);
}

function sameContent(left: object, right: object, pairs: Pairs): boolean {
  if (left instanceof Date) return Object.is(left.getTime(), (right as Date).getTime());
  if (left instanceof RegExp) return String(left) === String(right) && left.lastIndex === (right as RegExp).lastIndex;
  if (left instanceof Error) {
    const other = right as Error;
    return left.message === other.message && left.name === other.name && same(left.cause, other.cause, pairs);
  }
  if (left instanceof Map) return sameMap(left, right as Map<unknown, unknown>, pairs);
  if (left instanceof Set) return sameSet(left, right as Set<unknown>, pairs);
  if (left instanceof ArrayBuffer) return sameBytes(new Uint8Array(left), new Uint8Array(right as ArrayBuffer));
  if (left instanceof DataView) return sameBytes(bytesOf(left), bytesOf(right as DataView));
  if (Array.isArray(left) || ArrayBuffer.isView(left)) return (left as unknown[]).length === (right as unknown[]).length;
  if (left instanceof Number || left instanceof String || left instanceof Boolean)
    return Object.is(left.valueOf(), (right as object).valueOf());
  return true;
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function sameMap(left: ReadonlyMap<unknown, unknown>, right: ReadonlyMap<unknown, unknown>, pairs: Pairs): boolean {
  if (left.size !== right.size) return false;
  const others = [...right];
  return [...left].every(([key, value]) => {
    if (right.has(key)) return same(value, right.get(key), pairs);
    const at = others.findIndex(([other, its]) => same(key, other, pairs) && same(value, its, pairs));
    return at >= 0 && others.splice(at, 1).length === 1;
  });
}

function sameSet(left: ReadonlySet<unknown>, right: ReadonlySet<unknown>, pairs: Pairs): boolean {
  if (left.size !== right.size) return false;
  const others = [...right];
  return [...left].every((one) => {
    if (right.has(one)) return true;
    const at = others.findIndex((other) => same(one, other, pairs));
    return at >= 0 && others.splice(at, 1).length === 1;
  });
}

function sameProperties(left: object, right: object, pairs: Pairs): boolean {
  const keys = enumerableKeys(left);
  if (keys.length !== enumerableKeys(right).length) return false;
  const [a, b] = [left, right] as [Record<PropertyKey, unknown>, Record<PropertyKey, unknown>];
  return keys.every((key) => Object.prototype.propertyIsEnumerable.call(right, key) && same(a[key], b[key], pairs));
}

function enumerableKeys(object: object): PropertyKey[] {
  return Reflect.ownKeys(object).filter((key) => Object.prototype.propertyIsEnumerable.call(object, key));
}
