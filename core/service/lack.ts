// Whether a host may get new streams of a service. Pure.

import { mends } from "../errors.ts";
import type { HostState } from "../ledger/network.ts";
import type { HostId } from "../wire/frame.ts";

/**
 * Why a host gets no stream of a service; undefined when it may. `starting`: it may soon; `idle`: nothing of it runs, and a stream
 * starts it.
 */
export function lackOf(
  { phase, drained, failure, health }: Pick<HostState, "phase" | "drained" | "failure" | "health">,
  service: HostId,
  isChecked: boolean,
): "drained" | "unhealthy" | "down" | "starting" | "idle" | undefined {
  if (drained) return "drained";
  if (phase === "idle" || phase === "stopping") return "idle";
  if (failure && !mends(failure.code)) return "down";
  if (phase !== "ready") return "starting";
  if (!isChecked) return undefined;
  const found = health.get(service);
  return found === undefined ? "starting" : found.healthy ? undefined : "unhealthy";
}
