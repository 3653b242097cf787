// A router with hosts, services between them, and links that keep what they are sent.

import assert from "node:assert/strict";
import { admissionOf, admitted, inPhase, stamped } from "../../conformance/ledger.ts";
import { Bus } from "../../core/bus.ts";
import type { Fact, Service } from "../../core/ledger/events.ts";
import { fold, type Network } from "../../core/ledger/network.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Scheduler } from "../../core/link/scheduler.ts";
import { Router } from "../../core/router.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../../core/wire/frame.ts";
import { encodeCredit, encodeOpen, encodeReason } from "../../core/wire/payload.ts";

/** The id of the one service. */
export const SERVICE = 50;

/** A frame in short: kind, source, destination, from the acceptor or not, stream. */
export const short = ({ kind, source, destination, flags, stream }: Frame) => [kind, source, destination, flags, stream];

/** What frames hold that is not asked about. */
const PAYLOADS: Readonly<Partial<Record<Kind, Uint8Array>>> = {
  [KIND.open]: encodeOpen({ credit: 1_000_000, target: { kind: "published", port: 80 } }),
  [KIND.accept]: encodeCredit(1_000_000),
  [KIND.credit]: encodeCredit(1000),
  [KIND.reset]: encodeReason({ code: "reset", message: "" }),
  [KIND.end]: new Uint8Array(0),
  [KIND.data]: new Uint8Array(500),
  [KIND.ping]: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
};

/** Hosts 1 to `count` that are ready; those of the service are 2 and up, unless said otherwise. */
export function serviceRouter(count: number, service: Partial<Service> = {}, limits: Partial<typeof DEFAULT_LIMITS> = {}) {
  const violated: string[] = [];
  const facts: Fact[] = [];
  let network: Network = fold([]);
  const bus = new Bus((thrown) => assert.fail(String(thrown)));
  const unread: number[] = [];
  const router = new Router(
    bus,
    { ...DEFAULT_LIMITS, ...limits },
    {
      knows: (host) => network.hosts.has(host),
      refused: () => undefined,
      violated: (host, message) => void violated.push(`${host} ${message}`),
      unread: (host) => void unread.push(host),
    },
  );
  const publish = (...more: Fact[]) => {
    const from = facts.length;
    facts.push(...more);
    const events = stamped(facts).slice(from);
    network = fold(events, network);
    bus.publish(events, network);
  };
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  publish(...admitted(count), ...ids.flatMap((id) => inPhase(id, "ready")));
  const { private: _, ...admission } = admissionOf(SERVICE);
  const wanted: Service = { policy: "round-robin", hosts: ids.slice(1), ...service };
  publish({ type: "host.admitted", ...admission, service: wanted });
  /** Attaches a host whose link never drains. */
  const attach = (host: number) => {
    const frames: Frame[] = [];
    const waiting = new Scheduler();
    const send = (frame: Frame) => {
      frames.push(frame);
      waiting.push(frame);
    };
    return { frames, waiting, detach: router.attach(host, { send, waiting }) };
  };
  const links = new Map(ids.map((id) => [id, attach(id)]));
  const link = (host: number) => links.get(host) ?? assert.fail(`host ${host} has no link`);
  /** A frame of a host, as its link brings it. */
  const say = (kind: Kind, from: number, to: number, stream: number, flags = 0, payload = PAYLOADS[kind]) => {
    router.relay(from, makeFrame({ kind, source: from, destination: to, stream, flags }, payload ?? assert.fail()));
  };
  return {
    router,
    violated,
    unread,
    publish,
    link,
    say,
    attach: (host: number) => void links.set(host, attach(host)),
    detach: (host: number) => link(host).detach(),
    open: (from: number, stream: number, payload?: Uint8Array) => say(KIND.open, from, SERVICE, stream, 0, payload),
    /** An answer of a host to an opener; of itself it knows as the service. */
    answer: (kind: Kind, host: number, opener: number, stream: number) =>
      say(kind, host, opener === host ? SERVICE : opener, stream, FROM_ACCEPTOR),
    /** A host's target refuses a stream. */
    refuse: (host: number, opener: number, stream: number) =>
      say(
        KIND.reset,
        host,
        opener === host ? SERVICE : opener,
        stream,
        FROM_ACCEPTOR,
        encodeReason({ code: "refused", message: "" }),
      ),
    /** The last frame that a host was sent, in short. */
    last: (host: number) => short(link(host).frames.at(-1) ?? assert.fail(`host ${host} was sent nothing`)),
    served: () => ids.map((id) => router.serves(id)),
  };
}
