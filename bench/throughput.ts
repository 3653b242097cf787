// Bulk bytes: one stream and eight, each direction by itself.
import type { SteadyMeasure } from "./measure.ts";

function measure(kind: "upload" | "download", streams: number): SteadyMeasure {
  const title = `${streams === 1 ? "one stream" : "eight streams"}, ${kind}`;
  return {
    kind: "steady",
    name: "throughput",
    quantities: [{ id: `${kind}${streams}`, title, unit: "MiB/s", better: "more" }],
    once: async (at, { load, effort }) => [(await load.ask({ kind, at, streams, ms: effort.ms })).MiBps ?? Number.NaN],
  };
}

/** An upload ends when the target has got everything; a download counts what arrives in the last three quarters of its time. */
export const throughput: readonly SteadyMeasure[] = [
  measure("upload", 1),
  measure("download", 1),
  measure("upload", 8),
  measure("download", 8),
];
