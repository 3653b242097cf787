// One egress without a network: the host that it serves, and streams that are opened to it through two joined multiplexers.

import assert from "node:assert/strict";
import { NoRouterError } from "../core/errors.ts";
import type { Stream } from "../core/mux/stream.ts";
import type { Egress } from "../core/plugin/egress.ts";
import { registerHostPart } from "../core/plugin/host_registry.ts";
import type { HostPart } from "../core/plugin/plugin.ts";
import type { Target } from "../core/wire/payload.ts";
import { loneHost, type ShownHost } from "./lone_host.ts";
import { joinMuxes, Recorder } from "./mux_pair.ts";
import { PATIENCE_MS, waitFor } from "./support/wait.ts";

/** A stream to an egress. */
export interface EgressStream {
  /** The end of the host that opened it. */
  readonly stream: Stream;
  /** What that end was told. */
  readonly got: Recorder;
  /** The end that the egress was given. */
  readonly far: Stream;
}

/** An egress on host 1; streams come from the same host. */
export interface LoneEgress {
  readonly egress: Egress;
  /** Opens a stream, which is handed to the egress when `given` has returned. */
  open(target: Target, given?: (stream: Stream) => void): EgressStream;
  /** Waits for a condition while frames move. */
  until(condition: () => unknown, what: string): Promise<void>;
  /** Streams that are not over, counted at both ends. */
  streams(): number;
  /** Ends every stream as a link that is lost does. */
  lose(): void;
}

/** Makes the first egress of a host part, on a network of these hosts; `until` waits so long, in milliseconds. */
export function loneEgress(part: HostPart, shown: readonly ShownHost[], patienceMs = PATIENCE_MS): LoneEgress {
  const make = registerHostPart(part.name, part).egresses[0] ?? assert.fail(`${part.name} has no egress`);
  const host = loneHost({});
  host.show(...shown);
  const egress = make(host.context);
  const pair = joinMuxes();
  return {
    egress,
    open(target, given = () => undefined) {
      const stream = pair.left.mux.open(2, target);
      const got = new Recorder();
      stream.attach(got);
      given(stream);
      pair.settle();
      const far = pair.right.arrived.pop() ?? assert.fail("no stream arrived");
      egress.open(far);
      return { stream, got, far };
    },
    async until(condition, what) {
      const look = () => {
        pair.settle();
        return Boolean(condition());
      };
      await waitFor(look, { what, everyMs: 1, timeoutMs: patienceMs });
    },
    streams: () => pair.left.mux.size + pair.right.mux.size,
    lose() {
      for (const { mux } of [pair.left, pair.right]) mux.dropAll(new NoRouterError("link-lost"));
    },
  };
}
