// The table of the manifest's own keys, beside those that plugins bring: what each holds, means and defaults to. The
// checks and the JSON Schema both come from here. Must not hold rules that concern two keys.

import { LIMIT_ROWS, type LimitRows } from "../../limits.ts";
import { AGENT_CHOICES } from "../../plugin/agent_source.ts";
import type { LeftOutKeys, PluginKey, PluginKeys } from "../../plugin/key.ts";
import { MANIFEST_BOUNDS } from "../text/bounds.ts";
import { parseVip } from "./address.ts";
import { checkWords, splitCommand } from "./command.ts";
import { type Found, flag, list, oneOf, text, wholeNumber, words } from "./kinds.ts";
import { parseAlias, parseDestination, parseHostName } from "./names.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { keyKind, laterKind } from "./plugin_key.ts";
import { pluginsKind } from "./plugins.ts";
import { parsePortMap } from "./ports.ts";
import { type Field, type Fields, named, type ReadOf, record } from "./records.ts";
import { servicesKind } from "./services.ts";

/** Keys that a host and `hostTemplate` share. */
const SHARED_FIELDS = {
  ports: {
    kind: list(text(parsePortMap, { pattern: "^[0-9]+:(.+:[0-9]+(/tcp)?|unix:[/~$@].*)$" })),
    description:
      "Published ports, each 'port:address:port' or 'port:unix:/path': a port on the host's VIP and the target as seen from the host. Ports of 'hostTemplate' come first.",
    examples: [["8080:127.0.0.1:80"]],
  },
};

/** Keys that tell how a host is reached. */
const WAY_FIELDS = {
  cmd: {
    kind: words(splitCommand, checkWords),
    description:
      "Command that starts 'norouter' on the host, as a string split like a shell would or as a list of words. Absent or empty: the manager's own host.",
    examples: ["docker exec -i web norouter", ["ssh", "me@web.example.com", "--", "norouter"]],
  },
  install: {
    kind: flag(),
    description: "True: 'cmd' is the prefix of a shell command, such as 'docker exec -i web', and the agent is sent.",
    fallback: false,
  },
  agentDir: {
    kind: text(parseAgentDir, { pattern: "^(/|~/).+$" }),
    description: "Folder on the host that the agent is sent to, and no other; '~' is the home of the agent's user.",
    examples: ["/data/norouter"],
  },
  agent: {
    kind: oneOf(AGENT_CHOICES),
    description:
      "What is sent: 'runtime' is a script for the host's own Node, Deno or Bun, 'engine' the script and a small engine that runs it, 'bun' a large program that holds Bun; 'auto' is what suits the host. Default: what '--agent' says, else 'auto'.",
    examples: ["engine"],
  },
};

/** Keys of one host. */
const HOST_FIELDS = {
  vip: {
    kind: text(parseVip, { pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$" }),
    description: "Virtual IPv4 address of the host, unique in the network; of 127.0.0.0/8 while hosts listen on it.",
    required: true,
    examples: ["127.0.42.101"],
  },
  ...WAY_FIELDS,
  ...SHARED_FIELDS,
  aliases: {
    kind: list(text(parseAlias)),
    description: "Further names of the host, unique in the network.",
    examples: [["web.example.com"]],
  },
};

const ROUTE_FIELDS = {
  to: {
    kind: list(text(parseDestination, { minLength: 1 }), 1),
    description:
      "Destinations: networks in CIDR notation and globs of host names, each maybe with a port or ports behind a colon.",
    examples: [["10.0.0.0/8", "*.cloud.example.com", "*.example.com:443"]],
  },
  notTo: {
    kind: list(text(parseDestination, { minLength: 1 })),
    description: "Destinations that are left out of 'to'.",
    examples: [["10.1.2.3/32"]],
  },
  via: {
    kind: text(
      (name): Parsed<string> => (name === "" ? wrong("'via' is empty, a host's name or VIP was wanted") : { value: name }),
      { minLength: 1 },
    ),
    description: "Name or VIP of the host that the destinations are reached from.",
    examples: ["web"],
  },
  action: {
    kind: oneOf(["via", "refuse"]),
    description: "'refuse': nobody reaches the destinations.",
    fallback: "via" as const,
  },
};

const FORBIDDEN_IN_TEMPLATE = {
  vip: "Every host needs a VIP of its own: write it in each host",
  cmd: "Every host needs a command of its own: write it in each host",
  agent: "It belongs to the way to one host: write it in each host, or run with '--agent'",
  agentDir: "It belongs to the way to one host: write it in each host",
  install: "It belongs to a host's command: write it in each host",
  aliases: "Names belong to one host: write them in each host",
};

/** The manifest as a whole, with the keys that plugins brought. */
export function manifestKind(keys: PluginKeys) {
  const { leftOut = {} } = keys;
  const forbidden = Object.fromEntries(
    keys.host.filter(({ template }) => !template).map(({ name, way }) => [name, notShared(way)]),
  );
  const fields = {
    plugins: {
      kind: pluginsKind(),
      description:
        "Further plugins that the manager loads, as a list: paths of modules, and packages that are installed beside the manifest. Or a mapping from names of plugins to one of these, or to 'false' to leave a built-in one out.",
      examples: [["./my-transport.ts", "norouter-transport-example"], { "some-plugin": false, "my-plugin": "./my-plugin.mjs" }],
    },
    limits: {
      kind: limitsKind(keys.limits, leftOut.limits),
      description: "Numbers that replace those of the tables of limits, for the manager and for every host; by name.",
      examples: [{ heartbeatMs: 5000 }],
    },
    hostTemplate: {
      kind: record<typeof SHARED_FIELDS>(
        { ...laterFields(keys.host, "template"), ...SHARED_FIELDS },
        { forbidden: { ...forbidden, ...FORBIDDEN_IN_TEMPLATE }, leftOut: leftOut.host },
      ),
      description: "Defaults for all hosts. Its ports come before a host's own; other keys hold where a host does not set them.",
    },
    hosts: {
      kind: named("host", parseHostName, hostKind(keys.host, leftOut.host), MANIFEST_BOUNDS.hosts),
      description: "The members of the network: a name and how to reach it.",
      required: true,
    },
    services: {
      kind: servicesKind,
      description: "Several hosts behind one VIP and name: each new connection is given to one of them.",
      examples: [{ api: { vip: "127.0.42.110", hosts: ["api1", "api2"], policy: "least-streams" } }],
    },
    routes: {
      kind: list(routeKind(keys.route, leftOut.route)),
      description: "Destinations outside of the network that are reached through one of its hosts; the last that fits wins.",
    },
  };
  return record<typeof fields>({ ...laterFields(keys.network, "host"), ...fields }, { ownKeys: true, leftOut: leftOut.network });
}

/** A whole number for each limit of the core and of plugins that may be set. */
function limitsKind(brought: LimitRows = {}, leftOut?: LeftOutKeys) {
  const rows = Object.entries({ ...(LIMIT_ROWS as LimitRows), ...brought });
  const isFixed = ([, { min, max }]: (typeof rows)[number]) => min === max;
  const forbidden = Object.fromEntries(rows.filter(isFixed).map(([name, { value }]) => [name, `It is fixed: ${value}`]));
  const fields = rows
    .filter((row) => !isFixed(row))
    .map(([name, { value, min, max, why }]) => {
      return [name, { kind: wholeNumber(min, max), description: why, fallback: value }] as const;
    });
  return record<{ readonly [name: string]: Field<number> }>(Object.fromEntries(fields), { forbidden, leftOut });
}

function notShared(way: boolean | undefined): string {
  return way ? "Every host needs a way of its own: write it in each host" : "It belongs to one host: write it in each host";
}

/** The keys that tell how a host is reached, those that transports brought included. */
export function wayKind(ways: readonly PluginKey[]) {
  return record<typeof WAY_FIELDS>({ ...keyFields(ways), ...WAY_FIELDS });
}

/** Without a way a host is this machine: a key that was misspelt must not make it that. */
function hostKind(keys: readonly PluginKey[], leftOut?: LeftOutKeys) {
  const ways = keys.filter(({ way }) => way);
  const others = keys.filter(({ way }) => !way);
  return record<typeof HOST_FIELDS>(
    { ...keyFields(ways), ...laterFields(others, "host"), ...HOST_FIELDS },
    { ways: ["cmd", ...ways.map(({ name }) => name)], leftOut },
  );
}

/** A route says what it is about, by itself or by a rule, and what becomes of it. */
function routeKind(keys: readonly PluginKey[], leftOut?: LeftOutKeys) {
  const written = keys.filter(({ schemes }) => !schemes);
  const about = {
    keys: ["to", ...written.filter(({ destinations }) => destinations).map(({ name }) => name)],
    hint: "Add 'to: [10.0.0.0/8, \"*.example.com\"]', for example",
  };
  const way = { keys: ["via", "action"], hint: "Add 'via' and the name of a host, or 'action: refuse'" };
  return record<typeof ROUTE_FIELDS>(
    { ...keyFields(written), ...ROUTE_FIELDS, via: viaField(keys) },
    { needs: [about, way], leftOut },
  );
}

/** Also what plugins take there. */
function viaField(keys: readonly PluginKey[]) {
  const proxies = keys.filter(({ schemes }) => schemes);
  const { via } = ROUTE_FIELDS;
  const examples = proxies.flatMap((key) => (keyKind(key).schema.examples ?? []) as string[]);
  return {
    ...via,
    description: [via.description, ...proxies.map(({ description }) => description)].join(" "),
    examples: [...via.examples, ...examples],
  };
}

function keyFields(keys: readonly PluginKey[]): Fields {
  return Object.fromEntries(
    keys.map((key) => [key.name, { kind: keyKind(key), description: key.description, needsValue: true }]),
  );
}

function laterFields(keys: readonly PluginKey[], within: "host" | "template"): Fields {
  return Object.fromEntries(
    keys
      .filter(({ template }) => template || within === "host")
      .map((key) => {
        const { description, fallback } = key;
        const shown = typeof fallback === "object" ? {} : { fallback };
        return [key.name, { kind: laterKind(key, within), description, ...shown }];
      }),
  );
}

/** Names that no plugin's key of a host may have. */
export const OWN_HOST_KEYS: readonly string[] = Object.keys(HOST_FIELDS);

/** Names that no plugin's key of a route may have. */
export const OWN_ROUTE_KEYS: readonly string[] = Object.keys(ROUTE_FIELDS);

/** Names that no plugin's key of the network may have. */
export const OWN_NETWORK_KEYS: readonly string[] = ["plugins", "hostTemplate", "hosts", "services", "routes", "limits"];

/** The keys of {@link wayKind} as read. */
export type WayRead = ReadOf<typeof WAY_FIELDS>;

/** A host as read, before its template is applied; keys of plugins are read by {@link keyOf}. */
export type HostRead = ReadOf<typeof HOST_FIELDS>;

/** `hostTemplate` as read. */
export type TemplateRead = ReadOf<typeof SHARED_FIELDS>;

/** A route as read. */
export type RouteRead = ReadOf<typeof ROUTE_FIELDS>;

/** What was read at a plugin's key. */
export function keyOf<T>(item: object, key: string): Found<T> | undefined {
  return Object.hasOwn(item, key) ? (item as { readonly [key: string]: Found<T> | undefined })[key] : undefined;
}

function parseAgentDir(path: string): Parsed<string> {
  const fits = /^(\/|~\/)./.test(path) && !/\p{Cc}/u.test(path);
  return fits ? { value: path } : wrong("'agentDir' is not valid, a path that begins with '/' or '~/' was wanted");
}
