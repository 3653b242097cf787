// What the peer's long-lived processes weigh, idle and with many idle streams.
import { type Memory, memoryOf } from "../conformance/support/processes.ts";
import type { Address } from "./jobs.ts";
import type { Bench, FreshMeasure } from "./measure.ts";
import { addressOf, type Running } from "./peers.ts";

const STREAMS = 1000;
const KIB = 1024;

type Weight = (memory: Memory) => number;

/** The proportional set where readable, for the runtimes of several processes share pages of code. */
const proportional: Weight = ({ pssKiB, rssKiB }) => pssKiB ?? rssKiB;
/** What a process takes on a host where nothing else runs that it could share pages with. */
const resident: Weight = ({ rssKiB }) => rssKiB;

/** MiB; undefined when gone, as sshd's helper of a login soon is. */
function weightOf(pid: number, weight: Weight): number | undefined {
  try {
    return weight(memoryOf(pid)) / KIB;
  } catch {
    return undefined;
  }
}

/** The heaviest process of each role. */
function weigh(running: Running): number[] {
  return COLUMNS.map(({ role, weight }) => {
    const own = running.pids.filter((p) => p.role === role);
    const all = own.flatMap((p) => weightOf(p.pid, weight) ?? []);
    if (own.length > 0 && all.length === 0) throw new Error(`No process is left of the ${role}`);
    return all.length === 0 ? Number.NaN : Math.max(...all);
  });
}

const COLUMNS = [
  { id: "manager", role: "manager", weight: proportional, title: "memory of the manager" },
  { id: "agent", role: "agent", weight: proportional, title: "memory of the agent" },
  { id: "agent-resident", role: "agent", weight: resident, title: "resident memory of the agent" },
] as const;

/** What a peer has to do before it is weighed. */
type Load = (at: Address, bench: Bench) => Promise<unknown>;

function measure(id: string, when: string, before: Load): FreshMeasure {
  return {
    kind: "fresh",
    name: "memory",
    quantities: COLUMNS.map((column) => ({
      id: `memory-${column.id}-${id}`,
      title: `${column.title}, ${when}`,
      unit: "MiB",
      better: "less",
    })),
    applies: (peer) => peer.longLived,
    maxRuns: 3,
    once: async (peer, bench) => {
      const running = await peer.start(bench.target);
      try {
        await before(addressOf(running), bench);
        return weigh(running);
      } finally {
        await bench.load.ask({ kind: "release" });
        await running.stop();
      }
    },
  };
}

const nothing: Load = () => Promise.resolve();

const bulk: Load = async (at, { load, effort }) => {
  for (const kind of ["upload", "download"] as const) await load.ask({ kind, at, streams: 1, ms: effort.warmUpMs });
};

const idleStreams: Load = (at, { load }) => load.ask({ kind: "hold", at, streams: STREAMS });

/** For ssh, the client stands for the manager and its sshd process for the agent. */
export const memory: readonly FreshMeasure[] = [
  measure("idle", "idle", nothing),
  measure("bulk", "after a bulk transfer each way", bulk),
  measure("streams", `with ${STREAMS} idle streams`, idleStreams),
];
