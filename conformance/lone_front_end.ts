// One front-end without a network: the host that it serves, the hosts that it may know, and what it reports.

import assert from "node:assert/strict";
import type { Entrances } from "../core/entrances.ts";
import type { WantedHost } from "../core/ledger/apply.ts";
import type { ListenerFact } from "../core/ledger/events.ts";
import { fold } from "../core/ledger/network.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { FrontEnd } from "../core/plugin/front_end.ts";
import type { HostContext } from "../core/plugin/host_context.ts";
import type { Plugin } from "../core/plugin/plugin.ts";
import { registerPlugins } from "../core/plugin/registry.ts";
import { admissionOf, stamped } from "./ledger.ts";

/** A front-end and what it has said. */
export interface LoneFrontEnd {
  readonly frontEnd: FrontEnd;
  readonly facts: ListenerFact[];
  /** Changes the network to these hosts, the first of which is the front-end's own, and lets it act. */
  show(...hosts: readonly Partial<WantedHost>[]): Promise<void>;
}

/** What makes the one front-end of a plugin. */
export function frontEndOf(plugin: Plugin): (context: HostContext) => FrontEnd {
  return registerPlugins([plugin]).frontEnds[0] ?? assert.fail(`${plugin.name} has no front-end`);
}

/** Makes a front-end on host 1, which serves `entrances`. */
export function loneFrontEnd(make: (context: HostContext) => FrontEnd, entrances: Partial<Entrances>): LoneFrontEnd {
  const facts: ListenerFact[] = [];
  let network = fold(stamped([]));
  const frontEnd = make({
    self: () => network.hosts.get(1) ?? assert.fail("host 1 is not there"),
    network: () => network,
    dial: () => assert.fail("nothing is dialled"),
    upstream: () => undefined,
    report: (fact) => void (fact.type === "host.crowded" || facts.push(fact)),
    limits: DEFAULT_LIMITS,
  });
  return {
    frontEnd,
    facts,
    show(...hosts) {
      const admissions = hosts.map((change, at) => ({
        type: "host.admitted" as const,
        ...admissionOf(at + 1, { ...(at === 0 ? { entrances: { writeEtcHosts: false, ...entrances } } : {}), ...change }),
      }));
      network = fold(stamped([{ type: "network.opened", network: "net", version: "0.1.0" }, ...admissions]));
      return frontEnd.reconcile();
    },
  };
}
