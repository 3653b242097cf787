// The table of the manifest's keys: what each holds, means, defaults to and whether this version serves it. The
// checks and the JSON Schema both come from here. Must not hold rules that concern two keys.

import type { HostKey } from "../plugin/contract.ts";
import { parseVip } from "./address.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { checkWords, splitCommand } from "./command.ts";
import { parseListen } from "./endpoint.ts";
import { hostKeyKind } from "./host_key.ts";
import { flag, list, text, words } from "./kinds.ts";
import { parseAlias, parseDestination, parseHostName } from "./names.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { parseSpecifier } from "./plugins.ts";
import { parsePortMap } from "./ports.ts";
import { type Fields, named, type ReadOf, record } from "./records.ts";

const LISTEN_SCHEMA = { pattern: "^$|^.+:[0-9]+$" };

/** Keys of `http` and `socks`. */
const HTTP_FIELDS = {
  listen: {
    kind: text(parseListen, LISTEN_SCHEMA),
    description: "Address and port of the HTTP proxy on the host. Empty: no proxy.",
    fallback: "",
    examples: ["127.0.0.1:18080"],
    notServed: true,
  },
};

const SOCKS_FIELDS = {
  listen: {
    kind: text(parseListen, LISTEN_SCHEMA),
    description: "Address and port of the SOCKS proxy (4, 4a, 5) on the host. Empty: no proxy.",
    fallback: "",
    examples: ["127.0.0.1:18081"],
    notServed: true,
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
    notServed: true,
  },
  disable: { kind: flag(), description: "True: the agent writes no files.", fallback: false, notServed: true },
};

/** Keys that a host and `hostTemplate` share. */
const SHARED_FIELDS = {
  ports: {
    kind: list(text(parsePortMap, { pattern: "^[0-9]+:.+:[0-9]+(/tcp)?$" })),
    description:
      "Published ports, each 'port:address:port': a port on the host's VIP and the target as seen from the host. Ports of 'hostTemplate' come first.",
    examples: [["8080:127.0.0.1:80"]],
  },
  http: { kind: record(HTTP_FIELDS), description: "HTTP proxy on the host, an entrance to the network." },
  socks: { kind: record(SOCKS_FIELDS), description: "SOCKS proxy on the host, an entrance to the network." },
  loopback: { kind: record(LOOPBACK_FIELDS), description: "Listening on the other hosts' VIPs." },
  stateDir: { kind: record(STATE_DIR_FIELDS), description: "Directory on the host for what the agent writes." },
  writeEtcHosts: {
    kind: flag(),
    description: "True: the agent writes the names of the network to the host's /etc/hosts.",
    fallback: false,
    notServed: true,
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
    notServed: true,
    examples: [["web.example.com"]],
  },
};

const ROUTE_FIELDS = {
  to: {
    kind: list(text(parseDestination, { minLength: 1 }), 1),
    description: "Destinations: networks in CIDR notation and globs of host names.",
    required: true,
    examples: [["10.0.0.0/8", "*.cloud.example.com"]],
  },
  via: {
    kind: text(
      (name): Parsed<string> => (name === "" ? wrong("'via' is empty, a host's name or VIP was wanted") : { value: name }),
      { minLength: 1 },
    ),
    description: "Name or VIP of the host that the destinations are reached from.",
    required: true,
    examples: ["web"],
  },
};

const FORBIDDEN_IN_TEMPLATE = {
  vip: "Every host needs a VIP of its own: write it in each host",
  cmd: "Every host needs a command of its own: write it in each host",
  install: "It belongs to a host's command: write it in each host",
  aliases: "Names belong to one host: write them in each host",
};

/** The manifest as a whole, with the keys that transports brought. */
export function manifestKind(hostKeys: readonly HostKey[]) {
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
      kind: list(record(ROUTE_FIELDS)),
      description: "Destinations outside of the network that are reached through one of its hosts; the last that fits wins.",
      notServed: true,
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

function broughtFields(hostKeys: readonly HostKey[]): Fields {
  return Object.fromEntries(
    hostKeys.map((key) => [key.name, { kind: hostKeyKind(key), description: key.description, needsValue: true }]),
  );
}

/** Names that no transport's key may have. */
export const OWN_HOST_KEYS: readonly string[] = Object.keys(HOST_FIELDS);

/** The keys of {@link wayKind} as read. */
export type WayRead = ReadOf<typeof WAY_FIELDS>;

/** A host as read, before its template is applied; `way.ts` reads the keys of transports. */
export type HostRead = ReadOf<typeof HOST_FIELDS>;

/** `hostTemplate` as read. */
export type TemplateRead = ReadOf<typeof SHARED_FIELDS>;

/** A route as read. */
export type RouteRead = ReadOf<typeof ROUTE_FIELDS>;

/** Defaults of the keys within a host. */
export const HOST_DEFAULTS = {
  httpListen: HTTP_FIELDS.listen.fallback,
  socksListen: SOCKS_FIELDS.listen.fallback,
  loopbackDisable: LOOPBACK_FIELDS.disable.fallback,
  pathOnAgent: STATE_DIR_FIELDS.pathOnAgent.fallback,
  stateDirDisable: STATE_DIR_FIELDS.disable.fallback,
  writeEtcHosts: SHARED_FIELDS.writeEtcHosts.fallback,
};

function parsePath(path: string): Parsed<string> {
  return path.includes("\0") ? wrong("'stateDir.pathOnAgent' holds a NUL character") : { value: path };
}
