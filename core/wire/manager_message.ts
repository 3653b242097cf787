// The check of what a manager sends, and of what a log on disk holds. It is trusted, so this finds another version or an error,
// not an attack: texts may have any length. Fields that are not named here are ignored. SPEC.md section 6.

import type { FactType, NetworkEvent } from "../ledger/events.ts";
import { upcast, upcastSnapshot } from "../ledger/upcast.ts";
import type { EventsMessage, ManagerMessage } from "./control.ts";
import { type JsonObject, malformed, parse, record, unknownType, whole, wrongBy } from "./control_json.ts";
import { UNASSIGNED } from "./frame.ts";

type Check = (value: unknown, what: string) => unknown;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value, what) => (typeof value === "string" ? value : malformed(`"${what}" that is not text`));
const flag: Check = (value, what) => (typeof value === "boolean" ? value : malformed(`"${what}" that is not true or false`));

const list =
  (each: Check): Check =>
  (value, what) =>
    Array.isArray(value) ? value.forEach((item) => void each(item, what)) : malformed(`"${what}" that is not a list`);

const numbers: Check = (value, what) => {
  for (const one of Object.values(record(value, what))) whole(one, what);
};

const object =
  (fields: Fields, optional: Fields = {}): Check =>
  (value, what) => {
    const found = record(value, what);
    for (const key in fields) fields[key]?.(found[key], key);
    for (const key in optional) if (found[key] !== undefined) optional[key]?.(found[key], key);
  };

const host: Check = (value, what) => {
  const id = whole(value, what);
  return id > 0 && id < UNASSIGNED ? id : malformed(`"${what}" that is not the id of a host`);
};

const tcpPlace = object({ host: text, port: whole });
const unixPlace = object({ path: text });
const place: Check = (value, what) => (Object.hasOwn(record(value, what), "path") ? unixPlace : tcpPlace)(value, what);
const port = object({ listen: whole, protocol: text }, { target: place, found: flag });
const settings: Check = (value, what) => {
  for (const kept of Object.values(record(value, what))) record(kept, what);
};
const route = object({ to: list(text), notTo: list(text) }, { via: host, through: text, settings, rule: text });
const agent = object({ version: text, runtime: text, pid: whole });
const failure = object({ code: text, message: text, stderr: list(text) });
const lazy = object({ timeoutMs: whole }, { idleMs: whole });
const admitted: Fields = { name: text, vip: text, aliases: list(text), ports: list(port), local: flag, settings };
const demand = object({ wanted: flag, kept: flag }, { runs: text });

const health = object({ port: whole, everyMs: whole, timeoutMs: whole, rise: whole, fall: whole }, { path: text, command: text });
const service = object({ policy: text, hosts: list(host) }, { sticky: flag, max: whole, health });
const found: Check = (value, what) => {
  const [id, state] = Array.isArray(value) ? value : malformed(`"${what}" that is not a list of pairs`);
  host(id, what);
  object({ healthy: flag, message: text })(state, what);
};

const code = object({ hash: text, bytes: whole });
const plugin = object({ name: text, order: whole }, { hostKeys: list(text), code });

const trafficRows = list(
  object({ bytesOut: whole, bytesIn: whole, streams: whole }, { from: whole, to: whole, port: whole, routed: flag }),
);
const trafficSpans = list(object({ at: whole, rows: trafficRows }));
const traffic = object({ upTo: whole, hours: trafficSpans, days: trafficSpans, before: trafficRows });

const snapshot = object({
  v: whole,
  seq: whole,
  network: object(
    {
      id: text,
      version: text,
      plugins: list(plugin),
      stopped: flag,
      lastHost: whole,
      routes: list(route),
      hosts: list(
        object(
          { id: host, ...admitted, phase: text, session: whole, listeners: list(object({ frontend: text, address: text })) },
          {
            agent,
            failure,
            retry: object({ attempt: whole, at: whole }),
            lazy,
            publishes: flag,
            demand,
            service,
            drained: flag,
            health: list(found),
          },
        ),
      ),
    },
    { traffic },
  ),
});

const envelopes = list(object({ seq: whole, at: whole, by: text, v: whole, type: text }));

/** The events that an agent folds into its state, and their fields; `?` behind a name: it may be missing. */
export const FOLDED: Readonly<Partial<Record<FactType, Fields>>> = {
  "network.opened": { network: text, version: text },
  "host.admitted": { host, ...admitted, "lazy?": lazy, "publishes?": flag, "service?": service },
  "host.changed": { host, ...admitted, "lazy?": lazy, "publishes?": flag, "service?": service },
  "host.left": { host },
  "plugin.loaded": { plugin },
  "plugin.left": { plugin: text },
  "routes.set": { routes: list(route) },
  "link.starting": { host },
  "link.opened": { host, session: whole, "agent?": agent },
  "host.ready": { host },
  "host.wanted": { host, "kept?": flag },
  "host.started": { host, "already?": flag, ms: whole },
  "host.released": { host, reason: text },
  "host.rested": { host, "failure?": object({ code: text, message: text }) },
  "link.closed": { host, failure },
  "link.retrying": { host, code: text, attempt: whole, delayMs: whole },
};

/**
 * A manager's message. Of events those are left out whose type is not known, and older ones are lifted to today's form.
 * @throws NoRouterError `malformed-frame`, or `protocol-mismatch` for an event of a later version
 */
export function decodeManagerMessage(payload: Uint8Array): ManagerMessage {
  const message = parse(payload);
  if (message.type === "welcome") object({ host, version: text }, { features: list(text), limits: numbers })(message, "welcome");
  else if (message.type === "snapshot") snapshot(message.snapshot, "snapshot");
  else if (message.type === "code") object({ hash: text, from: whole, data: text })(message, "code");
  else if (message.type === "events") return readEvents(message);
  else malformed(unknownType("message", message.type));
  return message as unknown as ManagerMessage;
}

function readEvents(message: JsonObject): EventsMessage {
  const to = whole(message.to, "to");
  envelopes(message.events, "events");
  let last = 0;
  const events = (message.events as NetworkEvent[]).filter(({ seq, type }) => {
    if (seq <= last || seq > to) malformed('"seq" that is not between the one before and "to"');
    last = seq;
    return Object.hasOwn(FOLDED, type);
  });
  return { type: "events", to, events: events.map(readEvent) };
}

function readEvent(event: NetworkEvent): NetworkEvent {
  const lifted = upcast(event);
  checkFields(lifted, FOLDED[lifted.type] as Fields);
  return lifted;
}

/** What the manager folds besides, from what hosts report. */
const LISTENER: Fields = { host, frontend: text, address: text };
const KEPT: Readonly<Partial<Record<FactType, Fields>>> = {
  ...FOLDED,
  "frontend.listening": { ...LISTENER, serves: text },
  "frontend.failed": { ...LISTENER, code: text, message: text },
  "frontend.closed": LISTENER,
  "traffic.counted": { since: whole, rows: trafficRows },
  "traffic.rolled": { upTo: whole, hours: trafficSpans },
  "health.changed": { host, service: host, healthy: flag, message: text },
};

/** What keeps an event of today's version that was kept somewhere from being folded, such as `"routes" that is not a list`. */
export function wrongInEvent(event: NetworkEvent): string | undefined {
  return wrongBy(() => checkFields(event, KEPT[event.type] ?? {}));
}

/**
 * The same of a snapshot as JSON.
 * @throws NoRouterError `protocol-mismatch` for one of a later version
 */
export function wrongInSnapshot(json: { readonly v: number }): string | undefined {
  const lifted = upcastSnapshot(json);
  return wrongBy(() => void snapshot(lifted, "snapshot"));
}

function checkFields(event: NetworkEvent, fields: Fields): void {
  for (const [name, check] of Object.entries(fields)) {
    const key = name.replace("?", "");
    const value = (event as unknown as JsonObject)[key];
    if (value !== undefined || key === name) check(value, key);
  }
}
