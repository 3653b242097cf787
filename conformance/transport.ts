// Adopts the cases of carriers in ten lines: one test for each.

import { test } from "node:test";
import { type TransportSubject, transportCases } from "./transport_cases.ts";

/** Registers every case with node:test, each on a fresh subject. */
export function conformTransport(name: string, makeSubject: () => TransportSubject): void {
  for (const { name: what, run } of transportCases) test(`${name}: ${what}`, () => run(makeSubject()));
}
