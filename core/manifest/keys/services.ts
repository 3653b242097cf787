// The table of the keys of a service. Must not hold rules that concern two keys.

import { LAST_PORT } from "../../place.ts";
import type { HealthCheck, Service } from "../../service/service.ts";
import { MANIFEST_BOUNDS } from "../text/bounds.ts";
import { parseVip } from "./address.ts";
import { duration } from "./duration.ts";
import { flag, list, oneOf, text, wholeNumber } from "./kinds.ts";
import { parseAlias, parseHostName } from "./names.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { named, type ReadOf, record } from "./records.ts";

/** How a service gives its streams to hosts; the first is the default. */
const POLICIES = ["round-robin", "least-streams", "first"] as const satisfies readonly Service["policy"][];

/** What holds where `health` does not say. */
export const HEALTH_DEFAULTS: Pick<HealthCheck, "everyMs" | "timeoutMs" | "rise" | "fall"> = {
  everyMs: 5000,
  timeoutMs: 2000,
  rise: 1,
  fall: 2,
};

/** Checks of all hosts go on all the time. */
const EVERY_MS = [100, 3_600_000] as const;
/** Checks in a row that may be asked for. */
const MOST_IN_A_ROW = 100;
/** Streams that one host may have. */
const MOST_STREAMS = 65_536;

const HEALTH_FIELDS = {
  path: {
    kind: text(parsePath, { pattern: "^/.*$" }),
    description: "Asks for this path by HTTP: an answer of 200 to 399 is good.",
    examples: ["/healthz"],
  },
  command: {
    kind: text(parseCommand, { minLength: 1 }),
    description: "Runs this on each host with 'sh -c': exit status 0 is good. It stands in the log, so it must hold no password.",
    examples: ["pg_isready -q"],
  },
  port: {
    kind: wholeNumber(1, LAST_PORT),
    description: "Published port whose target is asked. Default: the first of the service. Alone it means a connection by TCP.",
    examples: [8080],
  },
  every: {
    kind: duration(...EVERY_MS),
    description: "From one check to the next. Default: 5s.",
    examples: ["5s"],
  },
  timeout: {
    kind: duration(...EVERY_MS),
    description: "How long a check may take. Default: 2s.",
    examples: ["2s"],
  },
  rise: {
    kind: wholeNumber(1, MOST_IN_A_ROW),
    description: "Good checks in a row that make a host healthy which was not.",
    fallback: HEALTH_DEFAULTS.rise,
  },
  fall: {
    kind: wholeNumber(1, MOST_IN_A_ROW),
    description: "Bad checks in a row that make a host unhealthy which was healthy.",
    fallback: HEALTH_DEFAULTS.fall,
  },
};

const SERVICE_FIELDS = {
  vip: {
    kind: text(parseVip, { pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$" }),
    description: "Virtual IPv4 address of the service, unique among hosts and services.",
    required: true,
    examples: ["127.0.42.110"],
  },
  hosts: {
    kind: list(
      text((name): Parsed<string> => (name === "" ? wrong("A host of a service has no name") : { value: name })),
      1,
    ),
    description: "Names or VIPs of its hosts. Their order is that of 'first'.",
    required: true,
    examples: [["api1", "api2", "api3"]],
  },
  policy: {
    kind: oneOf(POLICIES),
    description:
      "Which host gets a new connection: each in its turn, the one with the fewest connections of services, or the first that may have it.",
    fallback: POLICIES[0],
    examples: ["least-streams"],
  },
  ports: {
    kind: list(wholeNumber(1, LAST_PORT), 1),
    description: "Ports on its VIP, which all its hosts publish. Default: all such ports.",
    examples: [[8080]],
  },
  aliases: {
    kind: list(text(parseAlias)),
    description: "Further names of the service, unique in the network.",
    examples: [["api.example.com"]],
  },
  sticky: {
    kind: flag(),
    description: "True: the connections of one client address go to one host, while that may have them.",
    fallback: false,
  },
  max: {
    kind: wholeNumber(1, MOST_STREAMS),
    description: "Connections of services that a host has before another one is preferred.",
    examples: [100],
  },
  health: {
    kind: record<typeof HEALTH_FIELDS>(HEALTH_FIELDS),
    description: "How its hosts are found to be well. Absent: a host that is ready is well.",
    examples: [{ path: "/healthz", every: "5s" }],
  },
};

/** All services of a manifest. */
export const servicesKind = named("service", parseHostName, record<typeof SERVICE_FIELDS>(SERVICE_FIELDS), MANIFEST_BOUNDS.hosts);

/** A service as read. */
export type ServiceRead = ReadOf<typeof SERVICE_FIELDS>;

/** What a service says of health, as read. */
export type HealthRead = ReadOf<typeof HEALTH_FIELDS>;

function parseCommand(command: string): Parsed<string> {
  if (command.trim() === "") return wrong("'health.command' is empty");
  return command.includes("\0") ? wrong("'health.command' holds a NUL character") : { value: command };
}

function parsePath(path: string): Parsed<string> {
  const fits = /^\/[\x21-\x7e]*$/.test(path);
  return fits ? { value: path } : wrong("'health.path' is not valid, a path such as '/healthz' was wanted");
}
