// `Array.fromAsync` (ECMA-262 section 23.1.2.1).

/** A new array of what is iterated over, asynchronously or not, or is like an array; each is waited for. */
export async function fromAsync(
  items: AsyncIterable<unknown> | Iterable<unknown> | ArrayLike<unknown>,
  map: (value: unknown, at: number) => unknown = (value) => value,
): Promise<unknown[]> {
  const made: unknown[] = [];
  const isIterable = Symbol.asyncIterator in Object(items) || Symbol.iterator in Object(items);
  const source = (isIterable ? items : Array.from(items as ArrayLike<unknown>)) as AsyncIterable<unknown>;
  for await (const item of source) made.push(await map(item, made.length));
  return made;
}
