// Services of hosts on demand under random use: each stream is in one place, or its opener has been told of its end.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admissionOf, FAILURE } from "../../conformance/ledger.ts";
import { serviceRouter } from "../../tests/support/service_router.ts";
import { KIND } from "../wire/frame.ts";

const ON_DEMAND = 60;
const HOSTS = [5, 6, 7] as const;
const LAZY = { timeoutMs: 20_000 };

interface Step {
  readonly do: "open" | "data" | "joins" | "ready" | "cut" | "fails" | "refuses" | "rests" | "drain" | "leaves" | "reset";
  readonly host: (typeof HOSTS)[number];
  readonly stream: number;
}

const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom(
      ...(["open", "open", "open", "data", "joins", "ready", "ready", "cut"] as const),
      ...(["fails", "refuses", "rests", "drain", "leaves", "reset"] as const),
    ),
    host: fc.constantFrom(...HOSTS),
    stream: fc.nat(20),
  }),
  { minLength: 20, maxLength: 80, size: "max" },
);

/** Opener 1, a service, and its hosts: where each stream is. */
class Model {
  readonly net = serviceRouter(1);
  /** Where the opens of hosts whose links are up went, and were not taken back. */
  readonly given = new Map<number, Set<number>>();
  readonly ids = new Map<number, number>(HOSTS.map((host) => [host, host]));
  readonly drained = new Set<number>();
  last = 0;
  seen = 0;
  nextId = 100;
  readonly alive = new Set<number>();

  constructor() {
    const { router, publish } = this.net;
    router.gates.follow({
      wanted: (host) => publish({ type: "host.wanted", host }),
      changed: () => undefined,
      late: () => ({ code: "start-timeout", message: "" }),
    });
    for (const host of HOSTS) publish({ type: "host.admitted", ...admissionOf(host, { lazy: LAZY }) });
    this.serviceIs("host.admitted");
  }

  serviceIs(type: "host.admitted" | "host.changed"): void {
    const { private: _, ...admission } = admissionOf(ON_DEMAND);
    this.net.publish({ type, ...admission, service: { policy: "least-streams", hosts: [...this.ids.values()] } });
  }

  step({ do: what, host: index, stream }: Step): void {
    const { router, publish, attach, detach, say, refuse } = this.net;
    const host = this.ids.get(index) as number;
    const isUp = this.given.has(host);
    const some = [...this.alive][stream % Math.max(1, this.alive.size)];
    if (what === "open") {
      this.last += 1;
      this.alive.add(this.last);
      say(KIND.open, 1, ON_DEMAND, this.last);
    } else if (what === "data" && some !== undefined) say(KIND.data, 1, ON_DEMAND, some, 0, new Uint8Array(9));
    else if (what === "reset" && some !== undefined) {
      this.alive.delete(some);
      say(KIND.reset, 1, ON_DEMAND, some);
    } else if (what === "joins" && !isUp) {
      this.given.set(host, new Set());
      attach(host);
      publish({ type: "link.starting", host }, { type: "link.opened", host, session: 1 });
    } else if (what === "ready" && isUp) {
      publish({ type: "host.wanted", host }, { type: "host.ready", host });
      router.gates.open(host);
    } else if (what === "cut" && isUp) {
      this.given.delete(host);
      detach(host);
      publish({ type: "link.closed", host, failure: FAILURE });
    } else if (what === "fails" && !isUp) router.gates.refuse(host, { code: "container-missing", message: "" });
    else if (what === "refuses" && this.given.get(host)?.has(some ?? 0)) {
      this.given.get(host)?.delete(some as number);
      refuse(host, 1, some as number);
    } else if (what === "rests" && router.gates.isQuiet(host)) {
      router.gates.of(host)?.close();
      publish({ type: "host.released", host, reason: "idle" });
      if (isUp) detach(host);
      this.given.delete(host);
      publish({ type: "host.rested", host });
    } else if (what === "drain") {
      publish({ type: this.drained.has(host) ? "host.undrained" : "host.drained", host });
      if (!this.drained.delete(host)) this.drained.add(host);
    } else if (what === "leaves") this.leaves(index, host, isUp);
  }

  leaves(index: number, host: number, isUp: boolean): void {
    const { publish, detach } = this.net;
    this.nextId += 1;
    this.ids.set(index, this.nextId);
    const { private: _, ...admission } = admissionOf(ON_DEMAND);
    publish(
      { type: "host.left", host },
      { type: "host.admitted", ...admissionOf(this.nextId, { lazy: LAZY }) },
      {
        ...{ type: "host.changed", ...admission },
        service: { policy: "least-streams", hosts: [...this.ids.values()] },
      },
    );
    if (isUp) detach(host);
    this.given.delete(host);
  }

  /** Takes what links were sent since. */
  check(): void {
    const { link, router } = this.net;
    const { frames } = link(1);
    for (const { kind, stream } of frames.slice(this.seen)) if (kind === KIND.reset) this.alive.delete(stream);
    this.seen = frames.length;
    const places = new Map<number, number[]>();
    for (const [host, given] of this.given) {
      for (const { kind, stream } of link(host).frames.splice(0)) {
        if (kind === KIND.open) given.add(stream);
        else if (kind === KIND.reset) given.delete(stream);
      }
      for (const stream of given) places.set(stream, [...(places.get(stream) ?? []), host]);
    }
    for (const host of this.ids.values())
      for (let stream = 1; stream <= this.last; stream += 1)
        if (router.gates.of(host)?.holds(1, stream)) places.set(stream, [...(places.get(stream) ?? []), host]);
    assert.deepEqual([...places.keys()].sort(), [...this.alive].sort(), "no stream is lost, and none goes on without its opener");
    for (const [stream, hosts] of places) assert.equal(hosts.length, 1, `stream ${stream} is at ${hosts.join(" and ")}`);
    assert.equal(router.served, this.alive.size);
  }
}

test("each stream is at one host, whatever becomes of the others, until its opener hears of its end", () => {
  let opened = 0;
  fc.assert(
    fc.property(steps, (list) => {
      const model = new Model();
      for (const step of list) {
        model.step(step);
        model.check();
      }
      opened += model.last;
      model.net.detach(1);
      assert.equal(model.net.router.served, 0);
      for (const host of model.ids.values()) assert.equal(model.net.router.gates.of(host)?.waiting ?? 0, 0);
    }),
    { numRuns: 200 },
  );
  assert.ok(opened > 200);
});
