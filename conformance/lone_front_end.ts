// One front-end without a network: the host that it serves, the hosts that it may know, and what it reports.

import assert from "node:assert/strict";
import type { WantedHost } from "../core/ledger/apply.ts";
import type { ListenerFact } from "../core/ledger/events.ts";
import { fold } from "../core/ledger/network.ts";
import { type Json, settingsAt } from "../core/ledger/settings.ts";
import { type Limits, withLimits } from "../core/limits.ts";
import type { Stream } from "../core/mux/stream.ts";
import type { StreamHandlers } from "../core/mux/stream_ends.ts";
import type { FrontEnd } from "../core/plugin/front_end.ts";
import type { HostContext } from "../core/plugin/host_context.ts";
import { registerHostPart } from "../core/plugin/host_registry.ts";
import type { HostPart } from "../core/plugin/plugin.ts";
import { owned } from "../core/read_buffers.ts";
import { admissionOf, stamped } from "./ledger.ts";

/** A host that is shown; its number is its place in the list. */
export interface ShownHost extends Partial<WantedHost> {
  /** What the host itself knows of its keys; of the first alone. */
  readonly own?: OwnSettings;
}

/** What a host knows of its keys that are on. */
export type OwnSettings = { readonly [key: string]: Json };

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

/** What a lone front-end has besides its settings. */
export interface LoneFrontEndOptions {
  /** Absent: the test fails when something is dialled. */
  readonly dial?: HostContext["dial"];
  readonly limits?: Partial<Limits>;
}

/** Makes a front-end on host 1, with these settings unless {@link LoneFrontEnd.show} is given others. */
export function loneFrontEnd(
  make: (context: HostContext) => FrontEnd,
  own: OwnSettings,
  { dial = () => assert.fail("nothing is dialled"), limits }: LoneFrontEndOptions = {},
): LoneFrontEnd {
  const facts: ListenerFact[] = [];
  let network = fold(stamped([]));
  const frontEnd = make({
    self: () => network.hosts.get(1) ?? assert.fail("host 1 is not there"),
    network: () => network,
    dial,
    settings: (key) => settingsAt(network.hosts.get(1) ?? {}, key),
    secret: () => undefined,
    report: (fact) => void (fact.type === "host.crowded" || facts.push(fact)),
    limits: withLimits(limits),
  });
  return {
    frontEnd,
    facts,
    show(...hosts) {
      const admissions = hosts.map(({ own: now = own, ...change }, at) => {
        const settings = Object.fromEntries(Object.entries(now).map(([key, known]) => [key, { own: known }]));
        return { type: "host.admitted" as const, ...admissionOf(at + 1, { ...(at === 0 ? { settings } : {}), ...change }) };
      });
      network = fold(stamped([{ type: "network.opened", network: "net", version: "0.1.0" }, ...admissions]));
      return frontEnd.reconcile();
    },
  };
}

/** A stream of a lone front-end that is accepted and sends back what it gets. */
export function echoStream(): Stream {
  let handlers: StreamHandlers | undefined;
  let waiting: ((to: StreamHandlers) => void)[] = [];
  const later = (act: (to: StreamHandlers) => void) =>
    handlers ? queueMicrotask(() => handlers && act(handlers)) : void waiting.push(act);
  return {
    bytesIn: 0,
    attach(to) {
      handlers = to;
      for (const act of [({ accepted }: StreamHandlers) => accepted?.(), ...waiting]) later(act);
      waiting = [];
    },
    write(chunk) {
      const bytes = owned(chunk);
      later(({ data }) => void data(bytes));
      return true;
    },
    end: () => later(({ end }) => end()),
    reset: () => undefined,
    resume: () => undefined,
  } as Partial<Stream> as Stream;
}
