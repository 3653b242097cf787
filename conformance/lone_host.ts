// A host without a network: what its host part is given, the hosts that it may know, and what it reports.

import assert from "node:assert/strict";
import type { WantedHost } from "../core/ledger/apply.ts";
import type { ListenerFact } from "../core/ledger/events.ts";
import { fold } from "../core/ledger/network.ts";
import { type Json, settingsAt } from "../core/ledger/settings.ts";
import { DEFAULT_LIMITS, type Overrides } from "../core/limits.ts";
import type { HostContext } from "../core/plugin/host_context.ts";
import { admissionOf, stamped } from "./ledger.ts";

/** A host that is shown; its number is its place in the list. */
export interface ShownHost extends Partial<WantedHost> {
  /** What the host itself knows of its keys; of the first alone. */
  readonly own?: OwnSettings;
}

/** What a host knows of its keys that are on. */
export type OwnSettings = { readonly [key: string]: Json };

/** What a lone host has besides its settings. */
export interface LoneHostOptions {
  /** Absent: the test fails when something is dialled. */
  readonly dial?: HostContext["dial"];
  readonly limits?: Overrides;
}

/** Host 1, and what it has said. */
export interface LoneHost {
  readonly context: HostContext;
  readonly facts: ListenerFact[];
  /** Changes the network to these hosts, the first of which is the own one. */
  show(...hosts: readonly ShownHost[]): void;
}

/** Makes a host with these settings unless {@link LoneHost.show} is given others. */
export function loneHost(
  own: OwnSettings,
  { dial = () => assert.fail("nothing is dialled"), limits }: LoneHostOptions = {},
): LoneHost {
  const facts: ListenerFact[] = [];
  let network = fold(stamped([]));
  return {
    facts,
    context: {
      self: () => network.hosts.get(1) ?? assert.fail("host 1 is not there"),
      network: () => network,
      dial,
      settings: (key) => settingsAt(network.hosts.get(1) ?? {}, key),
      secret: () => undefined,
      publish: () => undefined,
      report: (fact) => void (fact.type === "host.crowded" || fact.type === "health.changed" || facts.push(fact)),
      limits: { ...DEFAULT_LIMITS, ...limits },
    },
    show(...hosts) {
      const admissions = hosts.map(({ own: now = own, ...change }, at) => {
        const settings = Object.fromEntries(Object.entries(now).map(([key, known]) => [key, { own: known }]));
        return { type: "host.admitted" as const, ...admissionOf(at + 1, { ...(at === 0 ? { settings } : {}), ...change }) };
      });
      network = fold(stamped([{ type: "network.opened", network: "net", version: "0.1.0" }, ...admissions]));
    },
  };
}
