// Random commands for properties of the event plane, and the events that they lead to.

import fc from "fast-check";
import { AGENT, admissionOf, FAILURE, stamped } from "../../conformance/ledger.ts";
import { NoRouterError } from "../../core/errors.ts";
import type { WantedNetwork, WantedService } from "../../core/ledger/apply.ts";
import { type Command, decide } from "../../core/ledger/decide.ts";
import type { Fact, HostFact, LoadedPlugin, NetworkEvent } from "../../core/ledger/events.ts";
import { EMPTY_NETWORK, fold, type Network } from "../../core/ledger/network.ts";
import type { Route } from "../../core/routes/route.ts";
import type { TrafficRow } from "../../core/traffic/rows.ts";
import type { FoundPort } from "../../core/wire/control.ts";

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
  fc.record(
    {
      type: fc.constant("health.changed" as const),
      service: fc.integer({ min: 1, max: 9 }),
      healthy: fc.boolean(),
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
    ...(proxied && via !== undefined ? through("tunnel", via) : {}),
    ...(ruled ? { rule: "blocklist" } : {}),
  }));

/** A route that leads through something of a plugin's. */
function through(key: string, via: number): Partial<Route> {
  return { through: key, settings: { [key]: { own: { url: `socks5://me@secret-upstream-${via}:1080` }, secret: 1 } } };
}

const PLUGINS: LoadedPlugin[] = [
  { name: "theirs", order: 0, hostKeys: [], code: { hash: "a1", bytes: 5 } },
  { name: "cmd", order: 1 },
  { name: "loopback", order: 2, hostKeys: ["loopback"] },
];

/** A network of hosts by number; `changes` makes some of them others than they are elsewhere. */
function wantedOf(
  plugins: readonly LoadedPlugin[],
  hosts: readonly number[],
  routes: readonly Route[],
  changes: number,
): WantedNetwork {
  const change = { aliases: [`changed${changes}`] };
  return {
    plugins,
    hosts: hosts.map((id, at) => {
      const { host: _, ...admission } = admissionOf(id, at < changes ? { ...change, vip: `127.0.43.${id}` } : {});
      const wanted = id % 2 === changes % 2 ? { ...admission, publishes: true as const } : admission;
      return id > 3 ? { ...wanted, lazy: { timeoutMs: 1000, ...(id > 4 ? { idleMs: changes } : {}) } } : wanted;
    }),
    routes: routes.map((route) => ({ ...route, via: route.via === undefined ? undefined : `host${route.via}` })),
    services: changes > 0 && hosts.length > 0 ? [serviceOf(hosts.slice(0, 2), changes)] : [],
  };
}

/** Hosts that start on demand, and one that does not. */
const demandHost = fc.integer({ min: 3, max: 5 });

function demandCommand(host: number, what: number, odd: boolean): Command {
  if (what < 2) return { type: "want", host, ...(odd ? { kept: true as const } : { from: 1, port: 80 }) };
  if (what === 2) return { type: "started", host, already: odd, ms: 5 };
  if (what < 5) return { type: "release", host, reason: odd ? "asked" : "idle" };
  return { type: "rest", host, ...(odd ? { failure: { code: "start-failed" as const, message: "secret-message" } } : {}) };
}

const anyRows: fc.Arbitrary<TrafficRow[]> = fc.array(
  fc.record({ from: host, to: host, port, bytesOut: fc.nat(), bytesIn: fc.nat(), streams: fc.nat(9) }, plain),
  { maxLength: 3 },
);

/** Ports that a host found, some of which its manifest declares; only the host itself may know where they are. */
const foundPorts = (id: number): fc.Arbitrary<FoundPort[]> =>
  fc
    .subarray([22, 80, 443, 8080])
    .map((ports) => ports.map((listen) => ({ listen, target: { host: `secret-target-found-${id}`, port: listen } })));

/** A service of some hosts, which alone may know how they are checked. */
function serviceOf(hosts: readonly number[], changes: number): WantedService {
  const { private: _, host: __, ports, ...admission } = admissionOf(9);
  const health = { port: 8080, command: "test -e /run/ready", everyMs: 1000, timeoutMs: 1000, rise: 1, fall: changes };
  const service = { policy: "first", hosts: hosts.map((id) => `host${id}`), health } as const;
  return { ...admission, ports: ports.map(({ listen, protocol }) => ({ listen, protocol })), settings: {}, service };
}

/** Any command; many of them fit, some do not. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Command>({ type: "open-network", network: "net", version: "0.1.0" }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: "stop-network", reason: "SIGINT" }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.subarray(PLUGINS), fc.subarray([1, 2, 3, 4, 5]), fc.array(anyRoute, { maxLength: 3 }), fc.nat(2))
      .map(
        ([plugins, hosts, routes, changes]): Command => ({ type: "apply", wanted: wantedOf(plugins, hosts, routes, changes) }),
      ),
  },
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
    weight: 6,
    arbitrary: fc.tuple(demandHost, fc.nat(5), fc.boolean()).map(([id, what, odd]): Command => demandCommand(id, what, odd)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(host, fc.boolean()).map(([id, undo]): Command => ({ type: "drain", host: id, undo })),
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
  {
    weight: 3,
    arbitrary: host.chain((id) => foundPorts(id).map((ports): Command => ({ type: "publish", host: id, ports }))),
  },
  {
    weight: 2,
    arbitrary: anyRows.map((rows): Command => ({ type: "count-traffic", since: 7, rows })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(200), fc.nat(99), anyRows)
      .map(([upTo, hour, rows]): Command => ({ type: "roll-traffic", upTo, hours: [{ at: hour * 3_600_000, rows }] })),
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
