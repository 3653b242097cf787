// `node:assert/strict` on the engine: what tests of hosts use of it. Another function is undefined there, so that its test fails.

import { isDeepEqual } from "./equality.ts";
import { difference, show } from "./shown.ts";

/** A message for a failure, or an error to throw instead. */
type Message = string | Error | undefined;

type Callable = (...args: never[]) => unknown;

/** What a thrown value has to be: a class, a pattern for its text, properties, or a function that answers true. */
type Expected = RegExp | Callable | (abstract new (...args: never[]) => unknown) | Readonly<Record<string, unknown>>;

interface AssertionErrorOptions {
  readonly message?: string | undefined;
  readonly actual?: unknown;
  readonly expected?: unknown;
  readonly operator?: string;
}

class AssertionError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ERR_ASSERTION";
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;
  constructor({ message, actual, expected, operator }: AssertionErrorOptions) {
    super(message);
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}

function demand(holds: boolean, message: Message, made: () => string, values: AssertionErrorOptions = {}): void {
  if (holds) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ ...values, message: message ?? made() });
}

function ok(value: unknown, message?: Message): asserts value {
  demand(Boolean(value), message, () => `The value is not true: ${show(value)}`, { actual: value, expected: true });
}

function equal(actual: unknown, expected: unknown, message?: Message): void {
  const made = () => `Values are not equal:\n${difference(actual, expected)}`;
  demand(Object.is(actual, expected), message, made, { actual, expected, operator: "strictEqual" });
}

function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  demand(!Object.is(actual, expected), message, () => `Values are equal: ${show(actual)}`, { actual, expected });
}

function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  const made = () => `Values are not deeply equal:\n${difference(actual, expected)}`;
  demand(isDeepEqual(actual, expected), message, made, { actual, expected, operator: "deepStrictEqual" });
}

function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  demand(!isDeepEqual(actual, expected), message, () => `Values are deeply equal: ${show(actual)}`, { actual, expected });
}

function match(text: string, pattern: RegExp, message?: Message): void {
  const fits = typeof text === "string" && text.search(pattern) >= 0;
  demand(fits, message, () => `The text does not match ${pattern}: ${show(text)}`, { actual: text, expected: pattern });
}

function doesNotMatch(text: string, pattern: RegExp, message?: Message): void {
  const fits = typeof text === "string" && text.search(pattern) < 0;
  demand(fits, message, () => `The text matches ${pattern}: ${show(text)}`, { actual: text, expected: pattern });
}

function fail(message: Message = "Failed"): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, operator: "fail" });
}

function throws(body: () => unknown, expected?: Expected | string, message?: string): void {
  let thrown: readonly unknown[] = [];
  try {
    body();
  } catch (error) {
    thrown = [error];
  }
  judge("Nothing was thrown", thrown, expected, message);
}

async function rejects(body: Promise<unknown> | (() => unknown), expected?: Expected | string, message?: string): Promise<void> {
  const promise = typeof body === "function" ? body() : body;
  if (typeof promise !== "object" || promise === null || !("then" in promise)) throw new TypeError("rejects() needs a promise");
  let thrown: readonly unknown[] = [];
  try {
    await promise;
  } catch (error) {
    thrown = [error];
  }
  judge("The promise was not rejected", thrown, expected, message);
}

function doesNotThrow(body: () => unknown, message?: string): void {
  try {
    body();
  } catch (thrown) {
    throw new AssertionError({ message: `${message ?? "Something was thrown"}: ${show(thrown)}`, actual: thrown });
  }
}

/** Fails unless one value was thrown, and is what was expected; a text in place of what is expected is a message. */
function judge(nothing: string, thrown: readonly unknown[], expected: Expected | string | undefined, message?: string): void {
  const values = { actual: thrown[0], expected, operator: "throws" };
  const words = typeof expected === "string" ? expected : message;
  if (thrown.length === 0)
    throw new AssertionError({ ...values, message: words === undefined ? nothing : `${nothing}: ${words}` });
  const misfit = expected === undefined || typeof expected === "string" ? undefined : misfitOf(thrown[0], expected);
  if (misfit === undefined) return;
  throw new AssertionError({ ...values, message: `${words === undefined ? "" : `${words}: `}${misfit}\n${show(thrown[0])}` });
}

/** Why a thrown value is not what was expected; in the order of Node, which tells classes of errors from functions that judge. */
function misfitOf(thrown: unknown, expected: Expected): string | undefined {
  if (expected instanceof RegExp) return expected.test(String(thrown)) ? undefined : `What was thrown does not match ${expected}`;
  if (typeof expected !== "function") return otherProperty(thrown, expected);
  if (expected.prototype !== undefined && thrown instanceof expected) return undefined;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) return `What was thrown is no ${expected.name}`;
  const answer = (expected as (thrown: unknown) => unknown)(thrown);
  return answer === true ? undefined : "The function did not answer true for what was thrown";
}

function otherProperty(thrown: unknown, expected: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof thrown !== "object" || thrown === null) return "What was thrown is no object";
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push("name", "message");
  if (keys.length === 0) throw new TypeError("An object without properties says nothing of what is to be thrown");
  const key = keys.find((name) => {
    const [is, wanted] = [Reflect.get(thrown, name), expected[name]];
    return typeof is === "string" && wanted instanceof RegExp ? !wanted.test(is) : !isDeepEqual(is, wanted);
  });
  if (key === undefined) return undefined;
  return `Property '${key}' of what was thrown differs:\n${difference(Reflect.get(thrown, key), expected[key])}`;
}

export default Object.assign(ok, {
  AssertionError,
  deepEqual,
  doesNotMatch,
  doesNotThrow,
  equal,
  fail,
  match,
  notDeepEqual,
  notEqual,
  ok,
  rejects,
  throws,
});
