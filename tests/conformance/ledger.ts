// Tools to test the event plane: given/when/then for decisions, and random commands for properties.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type ErrorCode, NoRouterError } from "../../core/errors.ts";
import { type Command, decide, type HostAdmission } from "../../core/ledger/decide.ts";
import { EVENT_VERSION, type Fact, type HostAccess, type HostFact, type NetworkEvent } from "../../core/ledger/events.ts";
import { EMPTY_NETWORK, fold, type Network } from "../../core/ledger/network.ts";
import type { Route } from "../../core/routes/route.ts";

/** Facts as events of a log that begins with them. */
export function stamped(facts: readonly Fact[]): NetworkEvent[] {
  return facts.map((fact, index) => ({ seq: index + 1, at: 1000 + index, by: "test", v: EVENT_VERSION, ...fact }));
}

/** `given(facts).when(command).gives(facts or an error code)`. */
export function given(facts: readonly Fact[]) {
  const network = fold(stamped(facts));
  const before = structuredClone(network);
  return {
    when: (command: Command) => ({
      gives(wanted: readonly Fact[] | ErrorCode): void {
        if (typeof wanted === "string") {
          assert.throws(
            () => decide(network, command),
            (thrown) => thrown instanceof NoRouterError && thrown.code === wanted,
          );
        } else assert.deepEqual(decide(network, command), wanted);
        assert.deepEqual(network, before, "decide changed the state");
      },
    }),
  };
}

/** Words that must never leave the manager; each secret field of {@link admissionOf} and {@link FAILURE} holds one. */
export const SECRETS = [
  "secret-via",
  "secret-target",
  "secret-stderr",
  "secret-banner",
  "secret-message",
  "secret-runtime",
  "secret-entrance",
  "secret-access",
  "secret-upstream",
] as const;

/** A host as a manifest would admit it. */
export function admissionOf(host: number, change: Partial<HostAdmission> = {}): HostAdmission {
  return {
    host,
    name: `host${host}`,
    vip: `127.0.42.${host}`,
    aliases: [`alias${host}`],
    ports: [{ listen: 8080, protocol: "tcp", target: { host: `secret-target-${host}`, port: 80 } }],
    local: host === 1,
    loopback: true,
    entrances: {
      http: { listen: `unix:/secret-entrance-${host}`, outside: "direct", auth: true },
      dns: { listen: "127.0.0.1:10053" },
      stateDir: `/secret-entrance-${host}`,
      writeEtcHosts: false,
    },
    private: { transport: "cmd", via: `secret-via ${host}` },
    ...change,
  };
}

/** Who may use the proxies of a host. */
export function hostAccessOf(host: number): HostAccess {
  return { http: { user: "me", salt: `secret-access-${host}`, hash: `secret-access-${host}` } };
}

/** How a link of the tests ends. */
export const FAILURE = { code: "agent-failed", message: "secret-message", exitCode: 1, stderr: ["secret-stderr"] } as const;

/** An agent of the tests. */
export const AGENT = { version: "0.1.0", runtime: "node 24", pid: 7 } as const;

/** Facts of a network with hosts 1..n that are admitted. */
export function admitted(count: number): Fact[] {
  const hosts = Array.from({ length: count }, (_, at): Fact => ({ type: "host.admitted", ...admissionOf(at + 1) }));
  return [{ type: "network.opened", network: "net", version: "0.1.0" }, ...hosts];
}

/** Facts that bring a host to a phase. */
export function inPhase(host: number, phase: "starting" | "joining" | "ready" | "failed"): Fact[] {
  const facts: Fact[] = [{ type: "link.starting", host }];
  if (phase === "starting") return facts;
  facts.push({ type: "link.opened", host, session: 1, agent: AGENT });
  if (phase === "ready") facts.push({ type: "host.ready", host });
  if (phase === "failed") facts.push({ type: "link.closed", host, failure: FAILURE });
  return facts;
}

const host = fc.integer({ min: 1, max: 5 });
const port = fc.integer({ min: 1, max: 65_535 });
const address = fc.constantFrom("127.0.42.1:80", "127.0.42.2:80", "127.0.42.3:443");
const plain = { noNullPrototype: true };

/** What a host may report. */
export const anyHostFact: fc.Arbitrary<HostFact> = fc.oneof(
  fc.constant<HostFact>({ type: "host.ready" }),
  fc.record(
    { type: fc.constant("frontend.listening" as const), frontend: fc.constant("loopback"), address, serves: fc.string() },
    plain,
  ),
  fc.record(
    {
      type: fc.constant("frontend.failed" as const),
      frontend: fc.constant("loopback"),
      address,
      code: fc.constantFrom("address-in-use" as const, "address-denied" as const),
      message: fc.constant("secret-message"),
    },
    plain,
  ),
  fc.record({ type: fc.constant("frontend.closed" as const), frontend: fc.constant("loopback"), address }, plain),
  fc.record({ type: fc.constant("stream.opened" as const), stream: fc.nat(), to: host, port }, plain),
  fc.record(
    { type: fc.constant("stream.closed" as const), stream: fc.nat(), to: host, bytesOut: fc.nat(), bytesIn: fc.nat() },
    plain,
  ),
);

const patterns = fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "*.example.com:443", "[2001:db8::/32]:80", "*"), { maxLength: 3 });

/** Any route: through a host, maybe by a proxy of it, or refused. */
export const anyRoute: fc.Arbitrary<Route> = fc
  .tuple(patterns, patterns, fc.option(host, { nil: undefined }), fc.boolean(), fc.boolean())
  .map(([to, notTo, via, proxied, ruled]) => ({
    to,
    notTo,
    via,
    ...(proxied && via !== undefined ? { upstream: `socks5://me@secret-upstream-${via}:1080` } : {}),
    ...(ruled ? { rule: "blocklist" } : {}),
  }));

/** Any command; many of them fit, some do not. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Command>({ type: "open-network", network: "net", version: "0.1.0" }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: "stop-network", reason: "SIGINT" }) },
  { weight: 1, arbitrary: fc.constantFrom("cmd", "loopback").map((plugin): Command => ({ type: "load-plugin", plugin })) },
  { weight: 5, arbitrary: host.map((id): Command => ({ type: "admit-host", admission: admissionOf(id) })) },
  {
    weight: 2,
    arbitrary: fc.array(anyRoute, { maxLength: 3 }).map((routes): Command => ({ type: "set-routes", routes })),
  },
  { weight: 2, arbitrary: host.map((id): Command => ({ type: "set-access", host: id, access: hostAccessOf(id) })) },
  { weight: 5, arbitrary: host.map((id): Command => ({ type: "start-link", host: id })) },
  {
    weight: 5,
    arbitrary: fc.tuple(host, fc.boolean()).map(
      ([id, banner]): Command => ({
        type: "open-link",
        host: id,
        agent: { ...AGENT, runtime: `secret-runtime-${id}` },
        ...(banner ? { banner: "secret-banner" } : {}),
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(host, fc.option(fc.record({ attempt: fc.nat(9), delayMs: fc.nat(99) }, plain), { nil: undefined }))
      .map(([id, retry]): Command => ({ type: "close-link", host: id, failure: FAILURE, ...(retry ? { retry } : {}) })),
  },
  {
    weight: 1,
    arbitrary: host.map((id): Command => ({ type: "refuse", host: id, code: "spoofed-frame", message: "secret-message" })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(host, fc.array(anyHostFact, { maxLength: 5 }))
      .map(([id, facts]): Command => ({ type: "report", host: id, facts })),
  },
);

/** Commands that begin with an open network and some hosts, so that most of the rest fits. */
export const anyCommands: fc.Arbitrary<Command[]> = fc
  .tuple(fc.boolean(), fc.array(anyCommand, { minLength: 10, maxLength: 150, size: "max" }))
  .map(([begun, commands]) =>
    begun ? [{ type: "open-network", network: "net", version: "0.1.0" } as const, ...commands] : commands,
  );

/** The events that commands lead to; refused ones lead to none. */
export function eventsOf(commands: readonly Command[]): { readonly events: NetworkEvent[]; readonly network: Network } {
  const facts: Fact[] = [];
  let network = EMPTY_NETWORK;
  for (const command of commands) {
    try {
      facts.push(...decide(network, command));
      network = fold(stamped(facts));
    } catch (thrown) {
      if (!(thrown instanceof NoRouterError)) throw thrown;
    }
  }
  return { events: stamped(facts), network };
}
