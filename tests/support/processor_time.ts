// How much work something is, whatever else the machine does meanwhile.

import process from "node:process";
import { processorSeconds } from "../../conformance/support/processes.ts";

/** Processor time that synchronous work takes, in milliseconds, to about ten: what other programs do lengthens it little. */
export function processorMs(work: () => void): number {
  const before = now();
  work();
  return now() - before;
}

/** The agents' engine does not count its own. */
function now(): number {
  const { pid, cpuUsage } = process as Pick<typeof process, "pid"> & Partial<Pick<typeof process, "cpuUsage">>;
  if (cpuUsage === undefined) return 1000 * processorSeconds(pid);
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
