// Starts `far_end.ts` on the current runtime, and finds what is left of it.

import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { processesOf } from "../../conformance/support/processes.ts";
import type { FarEnd } from "../../conformance/transport_cases.ts";
import { runtimeArgv } from "./cli.ts";

const SCRIPT = fileURLToPath(new URL("../../conformance/far_end.ts", import.meta.url));

/** A command that runs a far end, and a look at its processes. */
export function farProcess(kind: "plain" | "stdio"): { argv(far: FarEnd): string[]; leftOver(): number } {
  const mark = randomUUID();
  return { argv: (far) => [...runtimeArgv(), SCRIPT, far, kind, mark], leftOver: () => processesOf(mark).length };
}
