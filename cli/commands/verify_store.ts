// Runs the cases of stores on the one that a plugin brings, each on a network of its own. What a store writes where it wants to, and not
// where it is told to, stays there.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCases } from "../../conformance/case.ts";
import { admitted, stamped } from "../../conformance/ledger.ts";
import { type StoreSubject, storeCases } from "../../conformance/store_cases.ts";
import { type EventStore, messageOf, type StoreKind, settlesWithin } from "../../core/mod.ts";
import { type NoteResult, noteAll } from "./verify_checks.ts";

/** Notes what the store does; `caseMs` is the longest time for a case, in milliseconds. */
export async function checkStore(store: StoreKind, note: NoteResult, caseMs = 120_000): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "norouter-verify-"));
  const run = `verify-${process.pid}-${Date.now().toString(36)}`;
  let made = 0;
  /** Opens the log of a network that is new. */
  const opener = () => {
    made += 1;
    const network = `${run}-${made}`;
    const path = join(folder, `${network}.jsonl`);
    return async () => store.open({ network, path, limits: {}, note: () => undefined });
  };
  try {
    const probe = isKept(opener());
    // Where that never ends, the cases say which part of it does not.
    const outlives = (await settlesWithin(probe, caseMs)) && (await probe);
    const subject = (): StoreSubject => {
      const open = opener();
      return outlives ? { open, reopen: open } : { open };
    };
    await noteAll(runCases(storeCases, subject, { caseMs }), `store "${store.name}"`, note);
  } catch (thrown) {
    note(`store "${store.name}": it is opened, and opened again`, "failed", messageOf(thrown));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a log that is opened again is not new: where nothing is kept, nobody expects it to be whole. */
async function isKept(open: () => Promise<EventStore>): Promise<boolean> {
  const first = await open();
  await first.append(stamped(admitted(1)));
  await first.close();
  const again = await open();
  const { seq } = again;
  await again.close();
  return seq > 0;
}
