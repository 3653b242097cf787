// What leaves the manager: the two views agree, replicas follow, and secrets are in neither.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admissionOf, admitted, inPhase, SECRETS, stamped } from "../../conformance/ledger.ts";
import { anyCommands, eventsOf } from "../../tests/support/arbitrary_commands.ts";
import type { Route } from "../routes/route.ts";
import { DURABILITY, EVENT_VERSION, type Fact, type FactType, type NetworkEvent } from "./events.ts";
import { fold, type Network } from "./network.ts";
import { redactEvent, redactNetwork, SEEN_BY_HOSTS } from "./redact.ts";
import { Replica } from "./replica.ts";
import { snapshotFromJson, snapshotToJson } from "./snapshot_json.ts";

const READERS = [1, 2, 3, 4, 5] as const;
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const redacted = (events: readonly NetworkEvent[], reader: number) => events.flatMap((event) => redactEvent(event, reader) ?? []);

/** A state without the fields that JSON leaves out when they are undefined. */
const comparable = (network: Network) => throughJson(snapshotToJson({ v: EVENT_VERSION, seq: 0, network }));

function secretsIn(value: unknown): string[] {
  const json = JSON.stringify(value);
  return SECRETS.filter((secret) => json.includes(secret));
}

test("the fold of the redacted log is the redacted fold", () => {
  fc.assert(
    fc.property(anyCommands, fc.constantFrom(...READERS), (commands, reader) => {
      const { events, network } = eventsOf(commands);
      assert.deepEqual(fold(redacted(events, reader)), redactNetwork(network, reader));
    }),
    { numRuns: 200 },
  );
});

test("a replica that begins anywhere with a snapshot and follows in batches has the redacted fold, also through JSON", () => {
  const options = fc.record({
    reader: fc.constantFrom(...READERS),
    start: fc.nat(100),
    batch: fc.integer({ min: 1, max: 9 }),
    repeat: fc.boolean(),
  });
  fc.assert(
    fc.property(anyCommands, options, (commands, { reader, start, batch, repeat }) => {
      const { events, network } = eventsOf(commands);
      const from = Math.min(start, events.length);
      const snapshot = { v: EVENT_VERSION, seq: from, network: redactNetwork(fold(events.slice(0, from)), reader) };
      const replica = new Replica();
      replica.restore(snapshotFromJson(throughJson(snapshotToJson(snapshot))));
      for (let at = from; at < events.length; at += batch) {
        const part = events.slice(at, at + batch);
        const message = throughJson({ to: part.at(-1)?.seq ?? 0, events: redacted(part, reader) });
        replica.apply(message);
        if (repeat) replica.apply(message);
      }
      assert.equal(replica.seq, events.length);
      assert.deepEqual(comparable(replica.network), comparable(redactNetwork(network, reader)));
    }),
    { numRuns: 150 },
  );
});

test("a batch that overlaps what is known adds only what is new; an old one adds nothing", () => {
  const events = stamped([...admitted(1), ...inPhase(1, "ready")]);
  const replica = new Replica();
  replica.apply({ to: 3, events: events.slice(0, 3) });
  replica.apply({ to: 5, events });
  assert.deepEqual(replica.network, fold(events));
  const before = replica.network;
  replica.apply({ to: 2, events: events.slice(0, 2) });
  assert.equal(replica.network, before);
  assert.equal(replica.seq, 5);
});

test("a snapshot survives JSON", () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const { network, events } = eventsOf(commands);
      const snapshot = { v: EVENT_VERSION, seq: events.length, network };
      const back = snapshotFromJson(throughJson(snapshotToJson(snapshot)));
      assert.equal(back.seq, snapshot.seq);
      assert.deepEqual(comparable(back.network), comparable(network));
      for (const [id, host] of back.network.hosts)
        assert.deepEqual(
          [...host.listeners],
          [...(network.hosts.get(id)?.listeners ?? [])].map(([address, state]) => [
            address,
            { ...state, failure: state.failure },
          ]),
        );
    }),
  );
});

/** The number in the name of a host, which most of its secrets have; its id is the log's to give. */
function numberOf(events: readonly NetworkEvent[], reader: number): string {
  const admitted = events.find((event) => event.type === "host.admitted" && event.host === reader);
  return admitted?.type === "host.admitted" ? admitted.name.replace("host", "") : "none";
}

test("nothing redacted holds a secret: no way to a host, no target, agent, entrance, access or proxy of another host, no output, no message, no banner", () => {
  let met = 0;
  fc.assert(
    fc.property(anyCommands, fc.constantFrom(...READERS), (commands, reader) => {
      const { events, network } = eventsOf(commands);
      met += secretsIn(events).length;
      for (const view of [
        redacted(events, reader),
        snapshotToJson({ v: EVENT_VERSION, seq: 1, network: redactNetwork(network, reader) }),
      ]) {
        const own = new RegExp(
          `secret-((target|entrance|access|upstream)-${numberOf(events, reader)}|(target-found|runtime)-${reader})\\b`,
          "g",
        );
        assert.deepEqual(secretsIn(JSON.stringify(view).replaceAll(own, "")), []);
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(met > 300, "the property hardly ever met a secret");
});

test("hosts see of each event what the table says: all of it, a part or none", () => {
  const partly = new Set<FactType>();
  const types = Object.entries(SEEN_BY_HOSTS) as [FactType, string][];
  const wanted = types.flatMap(([type, seen]) => (seen === "part" ? [type] : [])).sort();
  const property = fc.property(anyCommands, fc.constantFrom(...READERS), (commands, reader) => {
    for (const event of eventsOf(commands).events) {
      const seen = redactEvent(event, reader);
      if (SEEN_BY_HOSTS[event.type] === "all") assert.equal(seen, event);
      else if (SEEN_BY_HOSTS[event.type] === "none") assert.equal(seen, undefined);
      else if (JSON.stringify(seen) !== JSON.stringify(event)) partly.add(event.type);
    }
  });
  // Some events come seldom: commands are drawn until each was seen in part.
  for (let round = 0; round < 50 && (round === 0 || partly.size < wanted.length); round++) fc.assert(property, { numRuns: 200 });
  assert.deepEqual([...partly].sort(), wanted);
  for (const [type, seen] of types) if (DURABILITY[type] === "recent") assert.equal(seen, "none", type);
});

test("a host sees its own targets, everyone's names, ports and phases, and its neighbours' end without details", () => {
  const retrying: Fact = { type: "link.retrying", host: 2, code: "agent-failed", attempt: 1, delayMs: 5 };
  const failed: Fact[] = [...inPhase(2, "failed"), retrying];
  const { hosts } = redactNetwork(fold(stamped([...admitted(2), ...inPhase(1, "ready"), ...failed])), 1);
  assert.deepEqual(hosts.get(1)?.ports, [{ listen: 8080, protocol: "tcp", target: { host: "secret-target-1", port: 80 } }]);
  assert.deepEqual(hosts.get(2)?.ports, [{ listen: 8080, protocol: "tcp" }]);
  assert.deepEqual([hosts.get(1)?.phase, hosts.get(2)?.phase, hosts.get(2)?.name], ["ready", "failed", "host2"]);
  assert.deepEqual(hosts.get(2)?.failure, { code: "agent-failed", message: "", stderr: [] });
  assert.equal(hosts.get(2)?.retry?.attempt, 1);
});

test("a host sees every route, what it serves itself and the proxy it leaves through, and of others neither", () => {
  const tunnel = { own: { url: "socks5://p:1080" }, all: { kind: "proxy" }, secret: 3 };
  const routes: Route[] = [
    { to: ["*"], notTo: ["a"], via: 2, through: "tunnel", settings: { tunnel }, rule: "x" },
    { to: ["*"], notTo: ["b"], via: 2, through: "other", settings: { other: { own: 1 } } },
    { to: ["10.0.0.0/8"], notTo: [], via: undefined },
  ];
  const network = fold(stamped([...admitted(2), { type: "routes.set", routes }]));
  assert.deepEqual(redactNetwork(network, 2).routes, routes);
  assert.deepEqual(redactNetwork(network, 1).routes, [
    { to: ["*"], notTo: ["a"], via: 2, settings: { tunnel: { all: tunnel.all } }, rule: "x" },
    { to: ["*"], notTo: ["b"], via: 2 },
    routes[2],
  ]);
  const { hosts } = redactNetwork(network, 1);
  const { settings } = admissionOf(1);
  assert.deepEqual(hosts.get(1)?.settings, settings);
  assert.deepEqual(hosts.get(2)?.settings, { shop: { all: settings.shop?.all } });
});

test("where a port is that a host found, the host alone knows; that it was found, too", () => {
  const [opened] = admitted(0) as [Fact];
  const port = { listen: 80, protocol: "tcp" } as const;
  const found = { ...port, target: { host: "127.0.0.1", port: 80 }, found: true } as const;
  const admission = admissionOf(2, { publishes: true, ports: [found] });
  const network = fold(stamped([opened, { type: "host.admitted", ...admissionOf(1) }, { type: "host.admitted", ...admission }]));
  const seenBy = (reader: number) => redactNetwork(network, reader).hosts.get(2);
  assert.deepEqual([seenBy(2)?.ports, seenBy(1)?.ports], [[found], [port]]);
  assert.deepEqual([seenBy(2)?.publishes, seenBy(1)?.publishes], [true, true]);
});
