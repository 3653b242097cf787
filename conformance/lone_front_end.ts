// One front-end without a network: the host that it serves, the hosts that it may know, and what it reports.

import assert from "node:assert/strict";
import type { ListenerFact } from "../core/ledger/events.ts";
import type { FrontEnd } from "../core/plugin/front_end.ts";
import type { HostContext } from "../core/plugin/host_context.ts";
import { registerHostPart } from "../core/plugin/host_registry.ts";
import type { HostPart } from "../core/plugin/plugin.ts";
import { type LoneHostOptions, loneHost, type OwnSettings, type ShownHost } from "./lone_host.ts";

/** A front-end and what it has said. */
export interface LoneFrontEnd {
  readonly frontEnd: FrontEnd;
  readonly facts: ListenerFact[];
  /** Changes the network to these hosts, the first of which is the front-end's own, and lets it act. */
  show(...hosts: readonly ShownHost[]): Promise<void>;
}

/** What makes the one front-end of a host part. */
export function frontEndOf(part: HostPart): (context: HostContext) => FrontEnd {
  return registerHostPart(part.name, part).frontEnds[0] ?? assert.fail(`${part.name} has no front-end`);
}

/** Makes a front-end on host 1, with these settings unless {@link LoneFrontEnd.show} is given others. */
export function loneFrontEnd(
  make: (context: HostContext) => FrontEnd,
  own: OwnSettings,
  options: LoneHostOptions = {},
): LoneFrontEnd {
  const { context, facts, show } = loneHost(own, options);
  const frontEnd = make(context);
  return {
    frontEnd,
    facts,
    show(...hosts) {
      show(...hosts);
      return frontEnd.reconcile();
    },
  };
}
