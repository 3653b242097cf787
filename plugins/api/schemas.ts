// The shapes of the API's answers as JSON Schema (2020-12): what the document says and tests hold the answers against.

/** A JSON Schema. */
export type Schema = { readonly [key: string]: unknown };

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0 };
const flag: Schema = { type: "boolean" };
const texts: Schema = { type: "array", items: text };

/** A reference to one of {@link SCHEMAS}. */
export function schemaRef(name: keyof typeof SCHEMAS): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

const time = (description: string): Schema => ({ ...count, description: `${description}, in milliseconds since 1970` });
const listOf = (name: string): Schema => ({ type: "array", items: { $ref: `#/components/schemas/${name}` } });

/** An object whose properties are all there but for those named; later versions may add some. */
function object<P extends { readonly [name: string]: Schema }>(
  properties: P,
  optional: readonly (keyof P & string)[] = [],
): Schema {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

const failure = object({ code: text, message: text, command: text, exitCode: { type: "integer" }, signal: text, stderr: texts }, [
  "command",
  "exitCode",
  "signal",
  "stderr",
]);

const SUMMARY = {
  name: text,
  id: count,
  vip: text,
  phase: { enum: ["admitted", "starting", "joining", "ready", "failed", "idle", "stopping"] },
  layer: { enum: ["manifest", "added"], description: "Where the host comes from; only one that was added can be removed" },
  ports: { type: "array", items: object({ listen: count, protocol: text, target: text }, ["target"]) },
  unserved: { ...count, description: "How many addresses and files the host cannot have; its 'listeners' say why" },
  streams: object({ opened: count, serves: count }),
  chosen: { ...text, description: "Which agent was sent and started there, and why" },
  failure,
  retry: object({ attempt: count, at: time("When the host is started again") }),
  demand: {
    ...object(
      {
        wanted: { ...flag, description: "It is started, or goes on" },
        kept: { ...flag, description: "A person started it: it is not stopped for want of use" },
        runs: { enum: ["ours", "theirs", null], description: "What it runs in was started by the network, or ran before" },
        idleMs: count,
        timeoutMs: count,
      },
      ["idleMs"],
    ),
    description: "Of a host that starts on demand",
  },
  drained: { ...flag, description: "True: services give the host no new connections; absent otherwise" },
  service: {
    ...object({
      policy: { enum: ["round-robin", "least-streams", "first"] },
      hosts: {
        type: "array",
        items: object(
          {
            name: text,
            state: {
              enum: ["ready", "unhealthy", "drained", "down", "starting", "idle"],
              description: "'starting': not ready, or not checked yet; 'idle': a connection starts it",
            },
            connections: { ...count, description: "Of all services" },
            health: { ...text, description: "What the last change of its health said" },
          },
          ["health"],
        ),
      },
    }),
    description: "It is no host but a service, with these hosts; absent for a host",
  },
} as const;

const HOST = {
  ...SUMMARY,
  aliases: texts,
  local: { ...flag, description: "Served inside the manager's process" },
  keys: { ...texts, description: "Keys of plugins that are on for the host" },
  transport: { type: ["string", "null"] },
  via: { type: ["string", "null"], description: "The way to the host, with passwords in URLs masked" },
  session: { ...count, description: "Counts the host's links" },
  agent: object({ version: text, runtime: text, pid: count, chosen: text }, ["chosen"]),
  listeners: {
    type: "array",
    items: object({ frontend: text, address: text, serves: text, failure: object({ code: text, message: text }) }, ["failure"]),
  },
} as const;

const FINDING = {
  severity: { enum: ["error", "warning"] },
  message: text,
  hint: text,
  file: text,
  line: { ...count, description: "From 1; 0 when it is about the file as a whole" },
  column: count,
  text: { ...text, description: "The line, without secrets" },
  length: count,
  code: text,
} as const;

const orNull = (description: string): Schema => ({ type: ["string", "null"], description });
const bytes = (description: string): Schema => ({ ...count, description });
const ports = { type: "array", items: object({ listen: count, protocol: text, target: text }, ["target"]) } as const;

const COUNTED = {
  bytesOut: bytes("Bytes that the opener sent"),
  bytesIn: bytes("Bytes that the opener received"),
  streams: { ...count, description: "Connections that were opened" },
} as const;

const TRAFFIC_ROW: Schema = {
  oneOf: [
    object({ from: orNull("The host that opened"), to: orNull("The host that serves"), ...COUNTED }),
    object({ to: orNull("The host that serves"), port: { type: ["integer", "null"] }, routed: flag, ...COUNTED }),
    object({ host: orNull("A host"), sent: count, received: count, opened: count, served: count }),
  ],
  description: "By 'edge', by 'port' or by 'host'; null stands for what was too little to be counted apart",
};

/** By name. */
export const SCHEMAS = {
  Network: object({
    name: text,
    id: text,
    version: text,
    pid: count,
    manifest: { type: ["string", "null"], description: "Its path, or 'standard input'" },
    canReload: flag,
    seq: { ...count, description: "Number of the last event" },
    flushed: { ...count, description: "Number of the last event that a loss of power cannot take" },
    since: time("When the manager was started"),
    stopped: flag,
    plugins: texts,
    hosts: listOf("HostSummary"),
    streams: count,
    streamsCertain: { ...flag, description: "False when a host reported more streams than were taken" },
  }),
  HostSummary: object(SUMMARY, ["chosen", "failure", "retry", "demand", "drained", "service"]),
  Host: object(HOST, ["chosen", "failure", "retry", "demand", "drained", "service", "agent"]),
  Hosts: object({ hosts: listOf("Host") }),
  Stream: object({
    from: text,
    to: text,
    stream: count,
    port: { ...count, description: "The published port; 0 may stand where a route leads" },
    since: time("When the manager heard of it"),
    kind: { enum: ["published", "routed"] },
  }),
  Streams: object({ streams: listOf("Stream"), uncertain: { ...texts, description: "Hosts whose streams may be wrong" } }),
  Traffic: object({
    by: { enum: ["edge", "host", "port"] },
    since: { type: ["integer", "null"], description: "From when on, in milliseconds since 1970; null: since the network began" },
    total: object(COUNTED),
    rows: { type: "array", items: TRAFFIC_ROW },
  }),
  List: object({
    hosts: {
      type: "array",
      items: object({
        ...{ name: text, vip: text, aliases: texts, phase: SUMMARY.phase, ports },
        ...{ transport: orNull("What reaches it; null: it is in the manager's process"), via: orNull("The way to it") },
      }),
    },
    services: {
      type: "array",
      items: object({
        ...{ name: text, vip: text, aliases: texts, ports: { type: "array", items: count } },
        hosts: { type: "array", items: object({ name: text, phase: SUMMARY.phase }) },
      }),
    },
    links: {
      type: "array",
      items: object({
        ...{ host: text, transport: orNull("What reaches it"), via: orNull("The way to it") },
        agent: object({ version: text, runtime: text, pid: count }),
        since: { type: ["integer", "null"], description: "When the link opened, in milliseconds since 1970" },
        bytes: bytes("Carried both ways between the host and others, since the network began"),
      }),
    },
    listeners: { type: "array", items: object({ frontend: text, address: text, on: text, leadsTo: text }) },
  }),
  Routes: object({
    routes: {
      type: "array",
      items: object({ to: texts, notTo: texts, via: { type: ["string", "null"] }, rule: text, through: text }, [
        "rule",
        "through",
      ]),
    },
  }),
  Explanation: {
    type: "object",
    required: ["ok", "asked", "decision"],
    properties: { ok: flag, asked: text, decision: text },
    description: "The form of 'norouter explain --json'",
  },
  Event: {
    type: "object",
    required: ["type"],
    properties: { type: text, seq: count, at: time("When it happened"), by: text, v: count },
    description:
      "An event as in docs/events.md; one of type 'events.skipped' stands for those from 'from' to 'to' that are not kept any more",
  },
  Change: object({ seq: count, added: texts, changed: texts, removed: texts, routes: flag, diagnostics: listOf("Finding") }),
  Retried: object({ host: text, seq: count }),
  Drained: object({
    host: text,
    drained: flag,
    connections: { ...count, description: "Connections of services that it still has" },
    seq: count,
  }),
  Stopped: object({ stopped: flag, seq: count }),
  StopRequest: object({ reason: text }, ["reason"]),
  Finding: object(FINDING, ["hint", "code"]),
  Error: object({
    error: object({ code: text, message: text, advice: text, diagnostics: listOf("Finding") }, ["diagnostics"]),
  }),
  Document: { type: "object", required: ["openapi", "info", "paths"], description: "An OpenAPI 3.1 document" },
} as const satisfies { readonly [name: string]: Schema };
