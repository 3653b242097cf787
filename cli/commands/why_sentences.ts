// What an event says, as a sentence about its host.

import type { FactType, HostState, Network, NetworkEvent, PublishedPort } from "../../core/mod.ts";
import { showDuration, showPlace } from "../../core/mod.ts";
import { adviceFor, endingOf, meaningOf } from "../ui/failure_words.ts";
import { isOrderly } from "../ui/view.ts";

/** What an event says. */
export interface Sentence {
  /** One sentence or clause, without a full stop. */
  readonly text: string;
  /** Lines of programs, shown as they are. */
  readonly output?: readonly string[];
  /** What to do about it. */
  readonly advice?: string;
}

/** The state after an event, and before it, as far as names and addresses of hosts are concerned. */
interface States {
  readonly network: Network;
  readonly before: Network;
}

type Tell<E> = (event: E, states: States) => Sentence;
type Sentences = { readonly [T in FactType]?: Tell<NetworkEvent & { readonly type: T }> };

const RELEASED: Readonly<Record<string, string>> = {
  idle: "nobody uses it: it is stopped",
  failed: "it failed and nobody waits for it: what is left of it is stopped",
  stopped: "it is stopped with the network",
};

const SENTENCES: Sentences = {
  "network.opened": ({ seq, version }) => ({ text: `norouter ${version} ${seq === 1 ? "begins" : "takes up"} the network` }),
  "network.stopped": ({ reason }) => ({ text: `the network is stopped: ${reason}` }),
  "host.admitted": ({ host, name, vip, ports, service, by }) => ({
    text: `${by} admits ${name} as ${service ? "service" : "host"} ${host} with the VIP ${vip}; it publishes ${portsOf(ports)}`,
  }),
  "host.changed": (event, { before }) => ({ text: `${event.by} changes ${changesOf(event, before.hosts.get(event.host))}` }),
  "host.drained": ({ by }) => ({ text: `${by} drains it: services give it no new connections` }),
  "host.undrained": ({ by }) => ({ text: `${by} takes the drain back: services give it new connections` }),
  "health.changed": ({ service, healthy, message }, { network }) => ({
    text: `it is ${healthy ? "healthy" : "unhealthy"} for ${network.hosts.get(service)?.name ?? `service ${service}`}: ${message}`,
  }),
  "host.left": ({ by }) => ({ text: `${by} takes it out of the network` }),
  "link.starting": ({ host }, { network }) => {
    const { local, private: way } = network.hosts.get(host) ?? {};
    return { text: local || !way ? "it is started" : `its command is started: ${way.via}` };
  },
  "link.opened": ({ session, agent, banner }) => ({
    text: `its agent answers${agent ? `: norouter ${agent.version}, ${agent.runtime}, process ${agent.pid}` : ""} (session ${session})${agent?.chosen ? `; it was chosen as ${agent.chosen}` : ""}`,
    output: (banner ?? "").split(/\r?\n/).filter((line) => line.trim() !== ""),
  }),
  "host.ready": () => ({ text: "it is ready" }),
  "host.wanted": ({ from, port, kept, by }, { network }) => {
    if (kept) return { text: `${by} has it started, until it is told to stop` };
    const opener = from === undefined ? "somebody" : (network.hosts.get(from)?.name ?? `host ${from}`);
    return { text: `${opener} connects to it${port === undefined ? "" : `, port ${port}`}: it is to be started` };
  },
  "host.started": ({ already, ms }) => ({
    text: already ? "what it runs in ran already" : `what it runs in is started, in ${showDuration(ms)}`,
  }),
  "host.released": ({ reason, by }) => ({ text: RELEASED[reason] ?? `${by} has it stopped` }),
  "host.rested": ({ failure }) =>
    failure
      ? {
          text: `what was started for it cannot be stopped: ${failure.message} (${failure.code})`,
          advice: adviceFor(failure.code),
        }
      : { text: "nothing of it runs any more" },
  "link.closed": ({ host, failure }, { network }) => {
    if (isOrderly(failure)) return { text: "it leaves as it was told to" };
    const { command } = failure;
    const known = command === undefined || command === network.hosts.get(host)?.private?.via;
    return {
      text: `its link ends: ${endingOf(failure)}${known ? "" : `; the command was: ${command}`}`,
      output: failure.stderr,
      advice: adviceFor(failure.code),
    };
  },
  "link.retrying": ({ attempt, delayMs }) => ({
    text: `it is to be started again in ${(delayMs / 1000).toFixed(1)} s (attempt ${attempt})`,
  }),
  "frontend.listening": ({ frontend, address, serves }) => ({
    text: `${frontend} ${isPath(address) ? "keeps" : "listens on"} ${address} (${serves})`,
  }),
  "frontend.failed": ({ frontend, address, code, message }) => ({
    text: `${frontend} fails: ${message || `${address}: ${meaningOf(code)}`} (${code})`,
    advice: adviceFor(code),
  }),
  "frontend.closed": ({ frontend, address }) => ({ text: `${frontend} listens on ${address} no more` }),
  "policy.refused": ({ code, message }) => ({
    text: `something of it is refused: ${message || meaningOf(code)} (${code})`,
    advice: adviceFor(code),
  }),
  "host.crowded": ({ from, open, code }, { network }) => ({
    text: `it refuses some of ${network.hosts.get(from)?.name ?? `host ${from}`}, which holds ${open} places (${code})`,
    advice: adviceFor(code),
  }),
  "facts.dropped": ({ count }) => ({ text: `${count} of its reports are left out: it reports more than it may` }),
  "stream.closed": ({ host, code = "" }, { network }) => ({
    text: `a connection from ${network.hosts.get(host)?.name ?? `host ${host}`} fails: ${meaningOf(code)} (${code})`,
    advice: adviceFor(code),
  }),
};

/** The sentence of an event; for a type without one, the type and its fields. */
export function sentenceOf(event: NetworkEvent, states: States): Sentence {
  const tell = (SENTENCES as Readonly<Record<string, Tell<NetworkEvent> | undefined>>)[event.type];
  if (tell) return tell(event, states);
  const { seq: _seq, at: _at, by: _by, v: _v, type, ...fields } = event;
  return { text: `${type}: ${JSON.stringify(fields)}` };
}

/** What the manifest says of a host, in words; what is not here is called as in the log. */
const PARTS: Readonly<Record<string, string>> = {
  vip: "its VIP",
  aliases: "its aliases",
  ports: "its ports",
  private: "the way to it",
};
const ENVELOPE: ReadonlySet<string> = new Set(["seq", "at", "by", "v", "type", "host"]);

function changesOf(event: NetworkEvent & { readonly type: "host.changed" }, before: HostState | undefined): string {
  const old = (before ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const changed = Object.entries(event)
    .filter(([key, value]) => !ENVELOPE.has(key) && JSON.stringify(value) !== JSON.stringify(old[key]))
    .map(([key]) => key);
  const details = [
    ...(changed.includes("vip") ? [`the VIP is ${event.vip}`] : []),
    ...(changed.includes("ports") ? [`it publishes ${portsOf(event.ports)}`] : []),
    ...(changed.includes("private") && event.private ? [`the way is ${event.private.via}`] : []),
  ];
  const what = changed.flatMap((key) => (key === "settings" ? keysOf(event, before) : (PARTS[key] ?? `its ${key}`))).join(", ");
  return [what || "its settings", ...details].join("; ");
}

/** The keys of plugins whose settings are others now. */
function keysOf({ settings }: NetworkEvent & { readonly type: "host.changed" }, before: HostState | undefined): string[] {
  const old = before?.settings ?? {};
  const keys = [...new Set([...Object.keys(old), ...Object.keys(settings)])];
  return keys.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(settings[key])).map((key) => `its '${key}'`);
}

/** Whether what a front-end keeps is a file or a folder, and no address. */
export function isPath(address: string): boolean {
  return /^[~/]/.test(address);
}

/** Published ports with their targets, such as `8080 (127.0.0.1:80)`. */
export function portsOf(ports: readonly PublishedPort[]): string {
  if (ports.length === 0) return "no port";
  return ports.map(({ listen, target }) => (target ? `${listen} (${showPlace(target)})` : `${listen}`)).join(", ");
}
