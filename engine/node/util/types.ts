// `util.types`: what kind of object a value is.

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice("[object ".length, -1);

/** Whether reading an inner slot of a value does not throw. */
function has(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

const sizeOf = (type: { readonly prototype: object }): unknown => Object.getOwnPropertyDescriptor(type.prototype, "size")?.get;
const sizeOfMap = sizeOf(Map) as (this: unknown) => number;
const sizeOfSet = sizeOf(Set) as (this: unknown) => number;

/** Each tells whether a value is what its name says. */
export const isMap = (value: unknown): value is Map<unknown, unknown> => has(() => sizeOfMap.call(value));
export const isSet = (value: unknown): value is Set<unknown> => has(() => sizeOfSet.call(value));
export const isDate = (value: unknown): value is Date => has(() => Date.prototype.getTime.call(value));
export const isRegExp = (value: unknown): value is RegExp => value instanceof RegExp;
export const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise;
export const isNativeError = (value: unknown): value is Error => value instanceof Error;
export const isArrayBuffer = (value: unknown): value is ArrayBuffer => value instanceof ArrayBuffer;
export const isSharedArrayBuffer = (value: unknown): value is SharedArrayBuffer => value instanceof SharedArrayBuffer;
export const isAnyArrayBuffer = (value: unknown): value is ArrayBufferLike => isArrayBuffer(value) || isSharedArrayBuffer(value);
export const isArrayBufferView = (value: unknown): value is ArrayBufferView => ArrayBuffer.isView(value);
export const isDataView = (value: unknown): value is DataView => value instanceof DataView;
export const isTypedArray = (value: unknown): value is Uint8Array => ArrayBuffer.isView(value) && !isDataView(value);
export const isUint8Array = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
export const isAsyncFunction = (value: unknown): boolean => tagOf(value).startsWith("Async");
export const isGeneratorFunction = (value: unknown): boolean => tagOf(value).endsWith("GeneratorFunction");
export const isBoxedPrimitive = (value: unknown): boolean =>
  typeof value === "object" && /^(Number|String|Boolean|Symbol|BigInt)$/.test(tagOf(value));
