// What a file of tests on the engine tells the runner, a line of JSON for each thing that happened.

/** One line; `name` is the path through the suites, outermost first. */
export type TestRecord =
  | { readonly kind: "start"; readonly name: readonly string[] }
  | { readonly kind: "passed"; readonly name: readonly string[] }
  | { readonly kind: "skipped"; readonly name: readonly string[]; readonly reason: string }
  /** `message` is all that was thrown, its causes too, with their stacks. */
  | { readonly kind: "failed"; readonly name: readonly string[]; readonly message: string }
  /** All tests ran. A file that ends without it has failed. */
  | { readonly kind: "done" };

/** The environment variable that names the file to write to; without it, lines go to standard output. */
export const RECORDS = "NOROUTER_TEST_RECORDS";

/** A test's name in messages. */
export function fullName(name: readonly string[]): string {
  return name.join(" > ") || "the file itself";
}
