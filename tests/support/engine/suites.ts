// Tests as a file declares them: a tree of suites, each with its hooks. Declares only; `perform.ts` runs them.

/** What a test function is given. */
export interface Context {
  readonly name: string;
  readonly mock: Mocks;
  /** Counts the test as skipped, whatever it does from here on, unless it fails. */
  skip(reason?: string): void;
  /** Prints a line that begins with `# `. */
  diagnostic(line: string): void;
}

/** The part of Node's `MockTracker` that tests of hosts use; all of it ends with the test. */
export interface Mocks {
  readonly timers: {
    enable(options: { readonly apis: readonly string[] }): void;
    tick(ms: number): void;
    reset(): void;
  };
  method(object: object, name: string, replacement: (...args: never[]) => unknown): void;
  restoreAll(): void;
}

/** A test's or hook's body. */
export type Body = (context: Context) => unknown;

/** Options of a test or suite. */
export interface Options {
  /** A text is the reason. */
  readonly skip?: boolean | string | undefined;
  /** Milliseconds; none without. */
  readonly timeout?: number | undefined;
}

/** A test as it was declared. */
export interface Test {
  readonly kind: "test";
  readonly name: string;
  readonly options: Options;
  readonly body: Body;
}

/** The kinds of hooks. */
export type HookKind = "before" | "after" | "beforeEach" | "afterEach";

/** A suite as it was declared; the file itself is one without a name. */
export interface Suite {
  readonly kind: "suite";
  readonly name: string;
  readonly options: Options;
  readonly children: (Suite | Test)[];
  readonly hooks: Readonly<Record<HookKind, Body[]>>;
}

/** What is known of options; another one could change what a test means. */
const OPTIONS: readonly string[] = ["skip", "timeout"];

const suiteOf = (name: string, options: Options): Suite => ({
  kind: "suite",
  name,
  options,
  children: [],
  hooks: { before: [], after: [], beforeEach: [], afterEach: [] },
});

/** The file's own suite. */
export const ROOT: Suite = suiteOf("", {});

let open = ROOT;
let closed = false;

/** From here on nothing can be declared: what came later would never run. */
export function close(): void {
  closed = true;
}

function declare(what: string): Suite {
  if (closed) throw new Error(`${what} is declared while tests run, which is not supported here`);
  return open;
}

/** The forms of arguments: a name, options and a body, of which only the body must be there. */
type Words<T> = [name: string, options: Options, body: T] | [name: string, body: T] | [body: T];

function read<T extends (...args: never[]) => unknown>(words: Words<T>): { name: string; options: Options; body: T } {
  const body = words[words.length - 1];
  if (typeof body !== "function") throw new TypeError("A test needs a function");
  if (body.length > 1) throw new TypeError("A test with a callback is not supported here");
  const before: readonly unknown[] = words.slice(0, -1);
  const name = before.find((word) => typeof word === "string") ?? body.name;
  const options: Options = before.find((word) => typeof word === "object" && word !== null) ?? {};
  const other = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (other !== undefined) throw new TypeError(`Option '${other}' of test "${name}" is not supported here`);
  return { name: name || "<anonymous>", options, body };
}

/** Declares a test. */
export function test(...words: Words<Body>): void {
  const { name, options, body } = read(words);
  declare(`Test "${name}"`).children.push({ kind: "test", name, options, body });
}

/** Declares a suite; its body runs at once, unless it is skipped. */
export function describe(...words: Words<() => unknown>): void {
  const { name, options, body } = read(words);
  const parent = declare(`Suite "${name}"`);
  const suite = suiteOf(name, options);
  parent.children.push(suite);
  if (isSkipped(options)) return;
  open = suite;
  try {
    if (body() instanceof Promise) throw new TypeError(`Suite "${name}" is asynchronous, which is not supported here`);
  } finally {
    open = parent;
  }
}

/** Whether a test is skipped; an empty reason is one, as in Node. */
export function isSkipped({ skip }: Options): boolean {
  return skip !== undefined && skip !== false;
}

const hook =
  (kind: HookKind) =>
  (body: Body): void => {
    declare(`Hook "${kind}"`).hooks[kind].push(body);
  };

/** Declares what runs before a suite's first test. */
export const before: (body: Body) => void = hook("before");
/** Declares what runs after a suite's last test. */
export const after: (body: Body) => void = hook("after");
/** Declares what runs before each test of a suite. */
export const beforeEach: (body: Body) => void = hook("beforeEach");
/** Declares what runs after each test of a suite. */
export const afterEach: (body: Body) => void = hook("afterEach");
