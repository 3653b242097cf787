// For tests only: random valid manifests, as objects. Must not be imported by the program.

import fc from "fast-check";
import type { HostSpec, Manifest, PortMap, RouteSpec } from "../../core/manifest/mod.ts";
import { isOwnHost } from "../../core/own_host.ts";
import { AGENT_CHOICES } from "../../core/plugin/agent_source.ts";
import type { PluginKey } from "../../core/plugin/key.ts";
import { KEYS } from "../support/builtin_keys.ts";

/** What stands for passwords in the manifests. */
export const PASSWORDS = ["se: cr'et\"", "hush-hush"] as const;

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `h${labels.join(".")}`);
const port = fc.integer({ min: 1, max: 65_535 });
const word = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\0", "").toWellFormed());
const address = fc.oneof(fc.constantFrom("127.0.0.1", "10.1.2.3", "::1", "2001:db8::42", "db", "my_service.internal"), fc.ipV4());

const portMap: fc.Arbitrary<PortMap> = fc.record({
  listen: port,
  protocol: fc.constant("tcp" as const),
  target: fc.oneof(
    { weight: 4, arbitrary: fc.record({ host: address, port }) },
    fc.record({ path: fc.constantFrom("/run/mysqld/mysqld.sock", "~/a b:c.sock", "$XDG_RUNTIME_DIR/x/tcp") }),
  ),
});

const endpoint = fc.tuple(fc.constantFrom("127.0.0.1", "[::1]", "localhost"), port).map(([host, number]) => `${host}:${number}`);

const proxy: fc.Arbitrary<object | undefined> = fc.option(
  fc
    .record({
      listen: fc.oneof(endpoint, fc.constant("unix:~/norouter.sock")),
      outside: fc.constantFrom("direct" as const, "refuse" as const),
      auth: fc.option(fc.constant({ user: "me", password: PASSWORDS[0] }), { nil: undefined }),
    })
    .map(({ auth, ...spec }) => (auth ? { ...spec, auth } : spec)),
  { nil: undefined },
);

const command = fc.option(
  fc.array(word, { minLength: 1, maxLength: 6 }).map(([first = "", ...rest]) => [first.trim() ? first : "ssh", ...rest]),
  { nil: undefined },
);

/** A key of a transport that takes anything, and wraps it. */
export const ANY_KEY: PluginKey = {
  name: "any-key",
  description: "Anything at all, for tests.",
  way: true,
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: { wrapped: value } }) } },
};

/** It and the keys of the built-in plugins. */
export const ALL_KEYS = { ...KEYS, host: [...KEYS.host, ANY_KEY] };

const data = fc
  .anything({
    values: [fc.string({ unit: "grapheme" }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)],
    maxDepth: 3,
  })
  .filter((value) => value !== null && value !== undefined)
  .map(plain);

/** YAML has no `undefined`, its texts are whole, and what stands under `<<` is merged. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? null;
  const entries = Object.entries(value).filter(([key]) => key !== "<<");
  return Object.fromEntries(entries.map(([key, one]) => [key.toWellFormed(), plain(one)]));
}

const sent = fc.constantFrom(...AGENT_CHOICES.map((agent) => ({ agent })), {});

const way: fc.Arbitrary<Pick<HostSpec, "settings" | "written">> = fc.oneof(
  fc.tuple(command, sent, fc.boolean()).map(([cmd, agent, install]) => ({
    settings: cmd ? { cmd, ...(install ? { install, agentDir: "/data/it's \\ norouter", ...agent } : {}) } : {},
  })),
  fc.tuple(data, sent).map(([value, agent]) => ({
    settings: { [ANY_KEY.name]: { wrapped: value }, ...agent },
    written: { [ANY_KEY.name]: value },
  })),
);

const hostOf = (spec: { readonly name: string; readonly index: number }): fc.Arbitrary<HostSpec> =>
  fc
    .record({
      name: fc.constant(spec.name),
      vip: fc.constant(`127.0.${(spec.index >> 8) + 1}.${spec.index & 255}`),
      way,
      keys: fc.record({
        http: proxy,
        socks: proxy,
        dns: fc.record({ listen: endpoint, disable: fc.boolean() }),
        loopback: fc.record({ disable: fc.boolean() }),
        stateDir: fc.record({ pathOnAgent: word.map((text) => `/${text}`), disable: fc.boolean() }),
        writeEtcHosts: fc.boolean(),
      }),
      ports: fc.uniqueArray(portMap, { maxLength: 5, selector: ({ listen: number }) => number }),
      aliases: fc.constantFrom([], [`alias${spec.index}`], [`a${spec.index}.example.com`, `b${spec.index}`]),
    })
    .map(({ way: { settings, written }, keys: all, ...spec }) => {
      const keys = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return { ...spec, settings, keys, written: { ...written, ...keys } };
    });

const destination = fc.oneof(
  fc.constantFrom("*", "*.example.com", "web-?.cloud", "0.0.0.0/0", "::/0"),
  fc.constantFrom("*.example.com:443", "[2001:db8::/32]:8000-8999", "10.0.0.0/8:80"),
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
);

const routesOf = (hosts: readonly HostSpec[]): fc.Arbitrary<RouteSpec[]> => {
  const own = hosts.find(isOwnHost);
  const proxies = { upstream: `socks5://me:${PASSWORDS[1]}@127.0.0.1:1080` };
  const upstream = own ? [{ via: own.name, through: "upstream", keys: proxies, written: proxies }] : [];
  const ways = [...hosts.map(({ name: via }) => ({ via })), { via: undefined }, ...upstream];
  const destinations = fc.array(destination, { minLength: 1, maxLength: 4 });
  const route = fc
    .record({ to: destinations, way: fc.constantFrom(...ways), notTo: fc.option(destinations, { nil: undefined }) })
    .map(({ way: chosen, notTo, ...spec }): RouteSpec => ({ ...spec, ...(notTo ? { notTo } : {}), ...chosen }));
  return fc.array(route, { maxLength: 3 });
};

/** Valid manifests with one to six hosts. */
export const arbitraryManifest: fc.Arbitrary<Manifest> = fc
  .uniqueArray(name, { minLength: 1, maxLength: 6 })
  .chain((names) => fc.tuple(...names.map((one, index) => hostOf({ name: one, index: index + 1 }))))
  .chain((hosts) => fc.record({ hosts: fc.constant(hosts), routes: routesOf(hosts) }))
  // The library makes objects without a prototype, which are never deeply equal to the parser's.
  .map((manifest) => structuredClone(manifest));
