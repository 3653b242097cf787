// What the peer's long-lived processes weigh, idle and with many idle streams.
import { memoryOf } from "../conformance/support/processes.ts";
import type { FreshMeasure, Quantity } from "./measure.ts";
import { addressOf, type Running } from "./peers.ts";

const STREAMS = 1000;
const KIB = 1024;
const ROLES = ["manager", "agent"] as const;

/** MiB, the proportional set where readable, for runtimes share code pages; undefined when gone, as sshd's helper of a login soon is. */
function weightOf(pid: number): number | undefined {
  try {
    const { pssKiB, rssKiB } = memoryOf(pid);
    return (pssKiB ?? rssKiB) / KIB;
  } catch {
    return undefined;
  }
}

/** The heaviest process of each role. */
function weigh(running: Running): number[] {
  return ROLES.map((role) => {
    const own = running.pids.filter((p) => p.role === role);
    const all = own.flatMap((p) => weightOf(p.pid) ?? []);
    if (own.length > 0 && all.length === 0) throw new Error(`No process is left of the ${role}`);
    return all.length === 0 ? Number.NaN : Math.max(...all);
  });
}

function measure(id: string, streams: number): FreshMeasure {
  const when = streams === 0 ? "idle" : `with ${streams} idle streams`;
  const quantity = (role: string): Quantity => ({
    id: `memory-${role}-${id}`,
    title: `memory of the ${role}, ${when}`,
    unit: "MiB",
    better: "less",
  });
  return {
    kind: "fresh",
    name: "memory",
    quantities: ROLES.map(quantity),
    applies: (peer) => peer.longLived,
    maxRuns: 3,
    once: async (peer, { load, target }) => {
      const running = await peer.start(target);
      try {
        if (streams > 0) await load.ask({ kind: "hold", at: addressOf(running), streams });
        return weigh(running);
      } finally {
        await load.ask({ kind: "release" });
        await running.stop();
      }
    },
  };
}

/** For ssh, the client stands for the manager and its sshd process for the agent. */
export const memory: readonly FreshMeasure[] = [measure("idle", 0), measure("streams", STREAMS)];
