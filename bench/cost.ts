// Processor time of the agent alone for each GB that goes through it, each way.
import { processorSeconds } from "../conformance/support/processes.ts";
import type { SteadyMeasure } from "./measure.ts";

/** Bytes of a GB in those of a MiB. */
const GB = 1e9 / (1024 * 1024);

function measure(kind: "upload" | "download", way: string): SteadyMeasure {
  return {
    kind: "steady",
    name: "cost",
    quantities: [{ id: `cost-${kind}`, title: `processor time of the agent, ${way} its target`, unit: "s/GB", better: "less" }],
    once: async (at, { load, effort }, processes) => {
      const agent = processes.find(({ role }) => role === "agent");
      if (agent === undefined) return [Number.NaN];
      const before = processorSeconds(agent.pid);
      const { MiB = Number.NaN } = await load.ask({ kind, at, streams: 1, ms: effort.ms });
      return [((processorSeconds(agent.pid) - before) / MiB) * GB];
    },
  };
}

/** For bytes to and from the agent's host. */
export const cost: readonly SteadyMeasure[] = [measure("upload", "to"), measure("download", "from")];
