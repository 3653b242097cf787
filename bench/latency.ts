// How long 64 bytes take there and back on an open, otherwise idle stream.
import type { SteadyMeasure } from "./measure.ts";

/** Median and 99th percentile of one round's samples. */
export const latency: SteadyMeasure = {
  kind: "steady",
  name: "latency",
  quantities: [
    { id: "roundTripMedian", title: "64-byte round trip, median", unit: "us", better: "less" },
    { id: "roundTripP99", title: "64-byte round trip, 99th percentile", unit: "us", better: "less" },
  ],
  once: async (at, { load, effort }) => {
    const result = await load.ask({ kind: "roundTrip", at, samples: effort.samples });
    return [result.medianUs ?? Number.NaN, result.p99Us ?? Number.NaN];
  },
};
