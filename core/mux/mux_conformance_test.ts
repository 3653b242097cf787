// Our own multiplexer runs the cases that any multiplexer has to pass.

import { conformMux } from "../../conformance/mux.ts";
import { joinMuxes } from "../../conformance/mux_pair.ts";

conformMux("mux", () => {
  const { left, right, limits, settle } = joinMuxes({ maxWindowBytes: 256 * 1024 });
  const target = { kind: "published", port: 80 } as const;
  return {
    left: { open: () => left.mux.open(2, target), arrived: left.arrived, size: () => left.mux.size },
    right: { open: () => right.mux.open(1, target), arrived: right.arrived, size: () => right.mux.size },
    settle: async () => settle(),
    windowBytes: limits.maxWindowBytes,
  };
});
