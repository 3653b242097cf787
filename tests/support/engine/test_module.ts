// `node:test` on the engine: what tests of hosts use of it.

export type { Context as TestContext } from "./suites.ts";
export { after, afterEach, before, beforeEach, describe, test } from "./suites.ts";
