// The map is one by source, destination, side and stream, for any of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FlowIdentity, FlowMap } from "./flow_map.ts";

const id = fc.constantFrom(0, 1, 2, 3, 0xfffe, 0xffff);
const anyFlow: fc.Arbitrary<FlowIdentity> = fc.record({
  source: id,
  destination: id,
  flags: fc.constantFrom(0, 1),
  stream: fc.constantFrom(1, 2, 0xffff_ffff),
});
const nameOf = ({ source, destination, flags, stream }: FlowIdentity) => `${source} ${destination} ${flags} ${stream}`;

test("it holds what a map with whole names would hold", () => {
  const step = fc.tuple(fc.constantFrom("set", "set", "delete", "clear"), anyFlow);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const flows = new FlowMap<number>();
      const wanted = new Map<string, number>();
      steps.forEach(([what, flow], at) => {
        if (what === "set") {
          flows.set(flow, at);
          wanted.set(nameOf(flow), at);
        } else if (what === "delete") {
          flows.delete(flow);
          wanted.delete(nameOf(flow));
        } else if (at % 10 === 0) {
          flows.clear();
          wanted.clear();
        }
        assert.equal(flows.size, wanted.size);
        assert.equal(flows.get(flow), wanted.get(nameOf(flow)));
      });
      assert.deepEqual(flows.values().sort(), [...wanted.values()].sort());
      for (const [, flow] of steps) assert.equal(flows.get(flow), wanted.get(nameOf(flow)));
    }),
  );
});
