// The account of streams is exact: whatever opens, ends, resets, leaves and comes back, each host has as many as are open through
// services, and nothing is left in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FAILURE, inPhase } from "../../conformance/ledger.ts";
import { SERVICE, serviceRouter } from "../../tests/support/service_router.ts";
import { KIND } from "../wire/frame.ts";

const HOSTS = 4;

interface Open {
  readonly opener: number;
  readonly host: number;
  readonly stream: number;
  openerEnded: boolean;
  hostEnded: boolean;
  accepted: boolean;
}

type Step =
  | { readonly type: "open"; readonly opener: number }
  | { readonly type: "end" | "reset" | "data" | "accept" | "refuse"; readonly at: number; readonly byHost: boolean }
  | { readonly type: "link"; readonly host: number }
  | { readonly type: "drain"; readonly host: number }
  | { readonly type: "late"; readonly host: number; readonly stream: number };

const host = fc.integer({ min: 1, max: HOSTS });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("open" as const), opener: host }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom("end", "reset", "data", "accept", "refuse"),
      at: fc.nat(),
      byHost: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("link" as const), host }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("drain" as const), host }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("late" as const), host, stream: fc.integer({ min: 1, max: 50 }) }) },
);

class Model {
  readonly network = serviceRouter(HOSTS, { policy: "least-streams", hosts: [2, 3, 4] });
  readonly up = new Set([1, 2, 3, 4]);
  readonly drained = new Set<number>();
  #stream = 0;
  /** Streams whose host refused them, or is gone: another one may have been given them. */
  readonly #parted = new Map<number, Open>();
  /** By stream. */
  readonly #openers = new Map<number, number>();
  open: Open[] = [];

  step(step: Step): void {
    const { network } = this;
    if (step.type === "open") this.#open(step.opener);
    else if (step.type === "link") this.#link(step.host);
    else if (step.type === "drain") {
      const isDrained = this.drained.delete(step.host);
      if (!isDrained) this.drained.add(step.host);
      network.publish({ type: isDrained ? "host.undrained" : "host.drained", host: step.host });
      this.#gather();
    } else if (step.type === "late") {
      // Of a stream that is over, or never was.
      const isOpen = this.open.some(({ opener, stream }) => opener === step.host && stream === step.stream);
      if (this.up.has(step.host) && !isOpen) network.say(KIND.data, step.host, SERVICE, step.stream);
    } else this.#of(step.type, step.byHost, this.open[step.at % Math.max(1, this.open.length)]);
  }

  #open(opener: number): void {
    if (!this.up.has(opener)) return;
    const stream = ++this.#stream;
    const able = [2, 3, 4].filter((id) => this.up.has(id) && !this.drained.has(id));
    const least = Math.min(...able.map((id) => this.count(id)));
    const before = new Map(able.map((id) => [id, this.count(id)]));
    this.#openers.set(stream, opener);
    this.network.open(opener, stream);
    this.#gather();
    const given = this.open.find((one) => one.stream === stream);
    assert.equal(given !== undefined, able.length > 0);
    if (given) assert.equal(before.get(given.host), least, "the one with the fewest of those that may have it");
  }

  /** Streams that hosts were given: at once, or after they waited. */
  #gather(): void {
    for (const host of [2, 3, 4]) {
      for (const { kind, stream } of this.network.link(host).frames.splice(0)) {
        if (kind !== KIND.open) continue;
        const opener = this.#openers.get(stream) ?? assert.fail("nobody opened it");
        const before = this.#parted.get(stream);
        assert.ok(!before?.accepted, "a stream that was accepted is given to no other host");
        assert.notEqual(before?.host, host);
        this.#parted.delete(stream);
        this.open.push({ opener, host, stream, openerEnded: before?.openerEnded ?? false, hostEnded: false, accepted: false });
      }
    }
  }

  #part(fits: (one: Open) => boolean): void {
    this.#parted.clear();
    for (const one of this.open.filter(fits)) this.#parted.set(one.stream, one);
    this.open = this.open.filter((one) => !fits(one));
  }

  #of(type: "end" | "reset" | "data" | "accept" | "refuse", byHost: boolean, one: Open | undefined): void {
    if (!one) return;
    const { opener, host, stream } = one;
    if (type === "accept") {
      one.accepted = true;
      this.network.answer(KIND.accept, host, opener, stream);
      return;
    }
    if (type === "refuse") {
      if (one.accepted) return;
      this.#part((other) => other === one);
      this.network.refuse(host, opener, stream);
      this.#gather();
      return;
    }
    if (type !== "data" && !(type === "end" && (byHost ? one.hostEnded : one.openerEnded))) {
      if (type === "end" && byHost) one.hostEnded = true;
      else if (type === "end") one.openerEnded = true;
      if (type === "reset" || (one.hostEnded && one.openerEnded)) this.open = this.open.filter((other) => other !== one);
    }
    if (byHost) this.network.answer(KIND[type], host, opener, stream);
    else this.network.say(KIND[type], opener, SERVICE, stream);
  }

  #link(id: number): void {
    if (this.up.delete(id)) {
      this.network.detach(id);
      this.network.publish({ type: "link.closed", host: id, failure: FAILURE });
      this.#part(({ host }) => host === id);
      this.open = this.open.filter(({ opener }) => opener !== id);
      this.#gather();
      return;
    }
    this.up.add(id);
    this.network.attach(id);
    this.network.publish(...inPhase(id, "ready"));
    this.#gather();
  }

  count(id: number): number {
    return this.open.filter(({ host }) => host === id).length;
  }

  check(): void {
    assert.deepEqual(
      this.network.served(),
      [1, 2, 3, 4].map((id) => this.count(id)),
    );
    assert.equal(this.network.router.served, this.open.length);
  }
}

test("counts are those of the open streams at every moment, and zero when all links are over", () => {
  let opened = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 20, maxLength: 120, size: "max" }), (steps) => {
      const model = new Model();
      for (const step of steps) {
        model.step(step);
        model.check();
      }
      opened += model.open.length;
      for (const id of model.up) model.network.detach(id);
      model.open = [];
      model.check();
    }),
    { numRuns: 300 },
  );
  assert.ok(opened > 300, "the property hardly ever left a stream open");
});
