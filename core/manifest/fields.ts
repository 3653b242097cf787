// The table of the manifest's keys: what each holds, means and defaults to. The
// checks and the JSON Schema both come from here. Must not hold rules that concern two keys.

import type { HostKey, RouteKey } from "../plugin/key.ts";
import { parseVip } from "./address.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { checkWords, splitCommand } from "./command.ts";
import { otherHome, parseListen, parseProxyListen } from "./endpoint.ts";
import { hostKeyKind } from "./host_key.ts";
import { flag, list, oneOf, text, wholeNumber, words } from "./kinds.ts";
import { parseAlias, parseDestination, parseHostName } from "./names.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { parseSpecifier } from "./plugins.ts";
import { parsePortMap } from "./ports.ts";
import { type Fields, named, type ReadOf, record } from "./records.ts";

const AUTH_FIELDS = {
  user: { kind: text(parseUser, { minLength: 1 }), description: "The name to give.", required: true, examples: ["me"] },
  password: { kind: text(parsePassword, { minLength: 1 }), description: "The password to give.", required: true },
};

/** Keys of `http` and `socks`. */
const HTTP_FIELDS = {
  ...proxyFields("HTTP proxy", "127.0.0.1:18080"),
  answerTimeout: {
    kind: wholeNumber(1, 86_400),
    description: "How many seconds a server may take to begin its answer: 120 unless set. Bodies may be quiet for longer.",
    examples: [600],
  },
};
const SOCKS_FIELDS = proxyFields("SOCKS proxy (4, 4a, 5)", "127.0.0.1:18081");

function proxyFields(what: string, example: string) {
  return {
    listen: {
      kind: text(parseProxyListen, { pattern: "^$|^unix:.+|^.+:[0-9]+$" }),
      description: `Address and port of the ${what} on the host, or 'unix:' and the path of a socket. Empty: no proxy.`,
      fallback: "",
      examples: [example],
    },
    outside: {
      kind: oneOf(["direct", "refuse"]),
      description: "What becomes of destinations that are neither in the network nor a route's.",
      fallback: "direct" as const,
    },
    auth: {
      kind: record(AUTH_FIELDS, { secret: true }),
      description: "A name and a password that programs have to give.",
      needsValue: true,
    },
  };
}

const DNS_FIELDS = {
  listen: {
    kind: text(parseListen, { pattern: "^.+:[0-9]+$" }),
    description: "Address and port of the name server on the host, UDP and TCP; the port is served on every VIP as well.",
    fallback: "127.0.0.1:10053",
  },
  disable: {
    kind: flag(),
    description: "True: the host has no name server. Unless set, it has one exactly where 'loopback' is on.",
  },
};

const LOOPBACK_FIELDS = {
  disable: {
    kind: flag(),
    description: "True: the host does not listen on the other hosts' VIPs.",
    fallback: false,
  },
};

const STATE_DIR_FIELDS = {
  pathOnAgent: {
    kind: text(parsePath),
    description: "Directory on the host for what the agent writes; '~' is the home of the agent's user.",
    fallback: "~/.norouter/agent",
  },
  disable: { kind: flag(), description: "True: the agent writes no files.", fallback: false },
};

/** Keys that a host and `hostTemplate` share. */
const SHARED_FIELDS = {
  ports: {
    kind: list(text(parsePortMap, { pattern: "^[0-9]+:(.+:[0-9]+(/tcp)?|unix:[/~$].*)$" })),
    description:
      "Published ports, each 'port:address:port' or 'port:unix:/path': a port on the host's VIP and the target as seen from the host. Ports of 'hostTemplate' come first.",
    examples: [["8080:127.0.0.1:80"]],
  },
  http: { kind: record(HTTP_FIELDS), description: "HTTP proxy on the host, an entrance to the network." },
  socks: { kind: record(SOCKS_FIELDS), description: "SOCKS proxy on the host, an entrance to the network." },
  dns: { kind: record(DNS_FIELDS), description: "Name server on the host." },
  loopback: { kind: record(LOOPBACK_FIELDS), description: "Listening on the other hosts' VIPs." },
  stateDir: { kind: record(STATE_DIR_FIELDS), description: "Directory on the host for what the agent writes." },
  writeEtcHosts: {
    kind: flag(),
    description: "True: the agent writes the names of the network to the host's /etc/hosts.",
    fallback: false,
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
};

/** Keys of one host. */
const HOST_FIELDS = {
  vip: {
    kind: text(parseVip, { pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$" }),
    description: "Virtual IPv4 address of the host, unique in the network; of 127.0.0.0/8 while loopback is on.",
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
    description:
      "Name or VIP of the host that the destinations are reached from, or the URL of a SOCKS proxy that the manager's own host reaches them through.",
    examples: ["web", "socks5://me:secret@proxy.example.com:1080"],
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
  agentDir: "It belongs to the way to one host: write it in each host",
  install: "It belongs to a host's command: write it in each host",
  aliases: "Names belong to one host: write them in each host",
};

/** The manifest as a whole, with the keys that transports and rules brought. */
export function manifestKind(hostKeys: readonly HostKey[], routeKeys: readonly RouteKey[]) {
  const brought = broughtFields(hostKeys);
  const notInTemplate = Object.fromEntries(
    hostKeys.map(({ name }) => [name, "Every host needs a way of its own: write it in each host"]),
  );
  const fields = {
    plugins: {
      kind: list(text(parseSpecifier, { minLength: 1 })),
      description:
        "Further plugins that the manager loads: paths of modules, and packages that are installed beside the manifest.",
      examples: [["./my-transport.ts", "norouter-transport-example"]],
    },
    hostTemplate: {
      kind: record(SHARED_FIELDS, { forbidden: { ...notInTemplate, ...FORBIDDEN_IN_TEMPLATE } }),
      description: "Defaults for all hosts. Its ports come before a host's own; other keys hold where a host does not set them.",
    },
    hosts: {
      kind: named("host", parseHostName, hostKind(brought), MANIFEST_BOUNDS.hosts),
      description: "The members of the network: a name and how to reach it.",
      required: true,
    },
    routes: {
      kind: list(routeKind(routeKeys)),
      description: "Destinations outside of the network that are reached through one of its hosts; the last that fits wins.",
    },
  };
  return record(fields, { ownKeys: true });
}

/** The keys that tell how a host is reached, those that transports brought included. */
export function wayKind(hostKeys: readonly HostKey[]) {
  return record<typeof WAY_FIELDS>({ ...broughtFields(hostKeys), ...WAY_FIELDS });
}

/** Without a way a host is this machine: a key that was misspelt must not make it that. */
function hostKind(brought: Fields) {
  return record<typeof HOST_FIELDS>({ ...brought, ...HOST_FIELDS }, { ways: ["cmd", ...Object.keys(brought)] });
}

/** A route says what it is about, by itself or by a rule, and what becomes of it. */
function routeKind(routeKeys: readonly RouteKey[]) {
  const about = {
    keys: ["to", ...routeKeys.map(({ name }) => name)],
    hint: "Add 'to: [10.0.0.0/8, \"*.example.com\"]', for example",
  };
  const way = { keys: ["via", "action"], hint: "Add 'via' and the name of a host, or 'action: refuse'" };
  return record<typeof ROUTE_FIELDS>({ ...broughtFields(routeKeys), ...ROUTE_FIELDS }, { needs: [about, way] });
}

function broughtFields(keys: readonly (HostKey | RouteKey)[]): Fields {
  return Object.fromEntries(
    keys.map((key) => [key.name, { kind: hostKeyKind(key), description: key.description, needsValue: true }]),
  );
}

/** Names that no transport's key may have. */
export const OWN_HOST_KEYS: readonly string[] = Object.keys(HOST_FIELDS);

/** Names that no rule's key may have. */
export const OWN_ROUTE_KEYS: readonly string[] = Object.keys(ROUTE_FIELDS);

/** The keys of {@link wayKind} as read. */
export type WayRead = ReadOf<typeof WAY_FIELDS>;

/** A host as read, before its template is applied; `way.ts` reads the keys of transports. */
export type HostRead = ReadOf<typeof HOST_FIELDS>;

/** `hostTemplate` as read. */
export type TemplateRead = ReadOf<typeof SHARED_FIELDS>;

/** A route as read. */
export type RouteRead = ReadOf<typeof ROUTE_FIELDS>;

/** The HTTP proxy as read. */
export type HttpRead = ReadOf<typeof HTTP_FIELDS>;

/** A proxy as read, without what the HTTP proxy alone has. */
export type ProxyRead = ReadOf<typeof SOCKS_FIELDS>;

/** Defaults of the keys within a host. */
export const HOST_DEFAULTS = {
  httpListen: HTTP_FIELDS.listen.fallback,
  socksListen: SOCKS_FIELDS.listen.fallback,
  outside: HTTP_FIELDS.outside.fallback,
  dnsListen: DNS_FIELDS.listen.fallback,
  loopbackDisable: LOOPBACK_FIELDS.disable.fallback,
  pathOnAgent: STATE_DIR_FIELDS.pathOnAgent.fallback,
  stateDirDisable: STATE_DIR_FIELDS.disable.fallback,
  writeEtcHosts: SHARED_FIELDS.writeEtcHosts.fallback,
};

// RFC 1929 section 2 has one byte for each length; RFC 7617 section 2 forbids a colon in a name.
function parseUser(user: string): Parsed<string> {
  const fits = user !== "" && sizeOf(user) <= 255 && !/[:\p{Cc}]/u.test(user);
  return fits ? { value: user } : wrong("'auth.user' is not valid, 1 to 255 bytes without ':' were wanted");
}

function parsePassword(password: string): Parsed<string> {
  const fits = password !== "" && sizeOf(password) <= 255 && !/\p{Cc}/u.test(password);
  return fits ? { value: password } : wrong("'auth.password' is not valid, 1 to 255 bytes were wanted");
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function parseAgentDir(path: string): Parsed<string> {
  const fits = /^(\/|~\/)./.test(path) && !/\p{Cc}/u.test(path);
  return fits ? { value: path } : wrong("'agentDir' is not valid, a path that begins with '/' or '~/' was wanted");
}

function parsePath(path: string): Parsed<string> {
  if (path.includes("\0")) return wrong("'stateDir.pathOnAgent' holds a NUL character");
  return otherHome(path) ?? { value: path };
}
