// How long 64 bytes take there and back on an open stream: with nothing else under way, and beside a bulk transfer.
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

const BUSY_PART = 10; // of the samples: beside bulk each takes longer

function beside(bulk: "upload" | "download"): SteadyMeasure {
  return {
    kind: "steady",
    name: "latency",
    quantities: [{ id: `${bulk}RoundTrip`, title: `64-byte round trip beside bulk, ${bulk}`, unit: "us", better: "less" }],
    once: async (at, { load, effort }) => {
      const samples = Math.ceil(effort.samples / BUSY_PART);
      return [(await load.ask({ kind: "roundTrip", at, samples, beside: bulk })).medianUs ?? Number.NaN];
    },
  };
}

/** Medians of one round's samples. */
export const busyLatency: readonly SteadyMeasure[] = [beside("upload"), beside("download")];
