// New connections: connect, send a byte, get a byte, close; one after another, and sixteen at once.
import type { SteadyMeasure } from "./measure.ts";

function measure(atOnce: number): SteadyMeasure {
  return {
    kind: "steady",
    name: "connections",
    quantities: [{ id: `connections${atOnce}`, title: `new connections, ${atOnce} at once`, unit: "1/s", better: "more" }],
    once: async (at, { load, effort }) => [
      (await load.ask({ kind: "connect", at, atOnce, ms: effort.ms })).perSecond ?? Number.NaN,
    ],
  };
}

/** Connections a second that went through to the target and back. */
export const connections: readonly SteadyMeasure[] = [measure(1), measure(16)];
