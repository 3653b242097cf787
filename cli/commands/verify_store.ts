// Runs the cases of stores on the one that a plugin brings, each on a network of its own. What they write stays where the store keeps
// it.

import { runCases } from "../../conformance/case.ts";
import { type StoreSubject, storeCases } from "../../conformance/store_cases.ts";
import type { StoreKind } from "../../core/mod.ts";
import type { Note } from "./verify_checks.ts";

/** Notes what the store does. */
export async function checkStore(store: StoreKind, note: Note): Promise<void> {
  const run = `verify-${process.pid}-${Date.now().toString(36)}`;
  let made = 0;
  const subject = (): StoreSubject => {
    made += 1;
    const network = `${run}-${made}`;
    return { open: async () => store.open({ network, limits: {}, note: () => undefined }) };
  };
  // Whether it outlives its process is not known.
  const cases = storeCases.map(({ name, outlives, run }) => ({
    name,
    run,
    leftOut: () => (outlives ? "it is not known whether the store outlives its process" : undefined),
  }));
  for await (const { name, result, message } of runCases(cases, subject)) note(`store "${store.name}": ${name}`, result, message);
}
