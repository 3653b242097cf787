// The stack of an error begins with its name and message, as V8 has it; this engine's has frames alone. Errors that the engine itself
// throws (a member of `undefined`, a syntax error) keep theirs; whoever prints them adds the first line (util/inspect.ts).

type ErrorType = new (...args: readonly unknown[]) => Error;

const NAMES = [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "AggregateError",
] as const;

function header(error: object): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

/** The last lines of a stack, each after the end of a line: without so many of the first. */
function framesAfter(count: number, stack: string): string {
  let at = 0;
  for (let skipped = 0; skipped < count; skipped += 1) at = stack.indexOf("\n", at) + 1;
  const frames = stack.slice(at).trimEnd();
  return frames === "" ? "" : `\n${frames}`;
}

function setStack(object: object, stack: string): void {
  Object.defineProperty(object, "stack", { value: stack, writable: true, configurable: true, enumerable: false });
}

/** Replaces one constructor by one that completes the stack. */
function mend(Native: ErrorType, name: string): ErrorType {
  const made = function (this: unknown, ...args: readonly unknown[]): Error {
    const error = Reflect.construct(Native, args, new.target ?? made) as Error;
    // The first two are Reflect.construct and this function.
    setStack(error, header(error) + framesAfter(2, error.stack ?? ""));
    return error;
  } as unknown as ErrorType & { prototype: object };
  Object.defineProperty(made, "name", { value: name, configurable: true });
  Object.defineProperty(made, "length", { value: Native.length, configurable: true });
  Object.defineProperty(made, "prototype", { value: Native.prototype, writable: false });
  Object.defineProperty(Native.prototype, "constructor", { value: made, writable: true, configurable: true });
  return made;
}

/** Sets the stack of an object to where this is called; `Error.captureStackTrace` of V8. */
function captureStackTrace(object: object): void {
  // The first two are "Error" and this function.
  setStack(object, header(object) + framesAfter(2, new Error().stack ?? ""));
}

/** Mends the constructors of errors. */
export function mendErrors(): void {
  const types = globalThis as unknown as Record<string, ErrorType>;
  let base: ErrorType | undefined;
  for (const name of NAMES) {
    const native = types[name];
    if (native === undefined) continue;
    const made = mend(native, name);
    if (base !== undefined) Object.setPrototypeOf(made, base);
    base ??= made;
    Object.defineProperty(globalThis, name, { value: made, writable: true, configurable: true });
  }
  if (base === undefined) return;
  for (const [key, value] of Object.entries({ captureStackTrace, stackTraceLimit: 10 }))
    Object.defineProperty(base, key, { value, writable: true, configurable: true });
}
