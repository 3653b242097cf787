// Adopts the cases of multiplexers in ten lines: one test for each.

import { test } from "node:test";
import { type MuxSubject, muxCases } from "./mux_cases.ts";

/** Registers every case with node:test, each on a fresh subject. */
export function conformMux(name: string, makeSubject: () => MuxSubject | Promise<MuxSubject>): void {
  for (const { name: what, run } of muxCases) test(`${name}: ${what}`, async () => run(await makeSubject()));
}
