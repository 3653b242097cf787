// The JSON messages between manager and agent, and the check of what a hostile agent may send; of what a manager may:
// manager_message.ts. SPEC.md section 6.

import { isIpv4, isIpv6 } from "../address.ts";
import { ERRORS } from "../errors.ts";
import { HASH_DIGITS } from "../hash.ts";
import type { AgentInfo, HostFact, NetworkEvent } from "../ledger/events.ts";
import { LAST_PORT, type TcpPlace } from "../place.ts";
import { firstCharacters, isLonger, LONGEST_MESSAGE } from "../text.ts";
import type { TrafficRow } from "../traffic/rows.ts";
import { LONGEST_NAME_SENT, malformed, parse, record, text, unknownType, whole } from "./control_json.ts";
import { MOST_FEATURES } from "./features.ts";
import { type HostId, LAST_STREAM } from "./frame.ts";

/** The agent introduces itself. */
export interface Hello {
  readonly type: "hello";
  readonly agent: AgentInfo;
  /** What it can do beyond the protocol's own; absent: nothing. */
  readonly features?: readonly string[];
}

/** The manager tells the agent who it is. */
export interface Welcome {
  readonly type: "welcome";
  readonly host: HostId;
  /** The manager's version. */
  readonly version: string;
  /** The same for the manager. */
  readonly features?: readonly string[];
  /** Limits that are not as the agent's own tables have them; absent: none. */
  readonly limits?: { readonly [name: string]: number };
}

/** Everything the agent may know, as of `snapshot.seq`. */
export interface SnapshotMessage {
  readonly type: "snapshot";
  readonly snapshot: unknown;
}

/** What happened since. */
export interface EventsMessage {
  readonly type: "events";
  readonly to: number;
  readonly events: readonly NetworkEvent[];
}

/** A piece of code that the agent asked for. */
export interface Code {
  readonly type: "code";
  readonly hash: string;
  /** Where the piece begins. */
  readonly from: number;
  /** Its bytes as base64 (RFC 4648 section 4); empty when there are none. */
  readonly data: string;
}

/** The agent asks for the next piece of code that was announced. */
export interface WantCode {
  readonly type: "want-code";
  readonly hash: string;
  /** Where the piece begins. */
  readonly from: number;
}

/** What the agent did and saw. */
export interface Report {
  readonly type: "report";
  readonly facts: readonly HostFact[];
}

/** Bytes of streams of the agent's host to itself since it last said so; the manager does not see them. */
export interface Traffic {
  readonly type: "traffic";
  /** At most {@link MOST_PORTS}. */
  readonly ports: readonly Omit<TrafficRow, "from" | "to">[];
}

/** The ports that programs of the agent's host serve, in the place of those of the message before. */
export interface Publish {
  readonly type: "publish";
  /** At most {@link MOST_FOUND}. */
  readonly ports: readonly FoundPort[];
}

/** A port that a program of a host serves, and where it is dialled there. */
export interface FoundPort {
  readonly listen: number;
  readonly target: TcpPlace;
}

/** Most ports of {@link Publish}. SPEC.md section 6. */
export const MOST_FOUND = 256;

/** Most rows of {@link Traffic}. SPEC.md section 6. */
export const MOST_PORTS = 256;

/** Most bytes of one row of {@link Traffic}: none carries more between two of them. SPEC.md section 6. */
const MOST_BYTES = 2 ** 40;

/** Messages of a manager. */
export type ManagerMessage = Welcome | SnapshotMessage | EventsMessage | Code;
/** Messages of an agent. */
export type AgentMessage = Hello | Report | WantCode | Traffic | Publish;

const encoder = new TextEncoder();

/** A message as the payload of a control frame. */
export function encodeControl(message: ManagerMessage | AgentMessage): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

/** Longest address of a fact, and longest text of what is served there, in characters: a path of a Unix socket has 107 bytes. */
const LONGEST_ADDRESS = 256;
/** Longest text of an IPv6 address. */
const LONGEST_FOUND_ADDRESS = 45;
/** Longest texts of a fact, in characters (Unicode code points). */
const TEXT = {
  plugin: LONGEST_NAME_SENT,
  frontend: LONGEST_NAME_SENT,
  address: LONGEST_ADDRESS,
  serves: LONGEST_ADDRESS,
  message: LONGEST_MESSAGE,
} as const;

/** The fact with its texts cut to what a manager takes. */
export function clippedFact(fact: HostFact): HostFact {
  const clipped = Object.entries(TEXT).flatMap(([key, most]) => {
    const value = (fact as unknown as Record<string, unknown>)[key];
    return typeof value === "string" && isLonger(value, most) ? [[key, `${firstCharacters(value, most - 3)}...`]] : [];
  });
  return { ...fact, ...Object.fromEntries(clipped) };
}

/**
 * An agent's message; nothing in it is taken on trust.
 * @throws NoRouterError `malformed-frame`
 */
export function decodeAgentMessage(payload: Uint8Array): AgentMessage {
  const message = parse(payload);
  if (message.type === "hello") return checkHello(message);
  if (message.type === "report" && Array.isArray(message.facts)) {
    return { type: "report", facts: message.facts.map((fact) => checkFact(record(fact, "fact"))) };
  }
  if (message.type === "traffic") return { type: "traffic", ports: checkPorts(message.ports) };
  if (message.type === "publish") return { type: "publish", ports: checkFound(message.ports) };
  if (message.type === "want-code")
    return { type: "want-code", hash: text(message.hash, "hash", HASH_DIGITS), from: whole(message.from, "from") };
  return malformed(unknownType("message", message.type));
}

function checkHello({ agent, features }: Record<string, unknown>): Hello {
  const { version, runtime, pid } = record(agent, "agent");
  return {
    type: "hello",
    agent: {
      version: text(version, "version", LONGEST_NAME_SENT),
      runtime: text(runtime, "runtime", LONGEST_NAME_SENT),
      pid: whole(pid, "pid"),
    },
    ...(features === undefined ? {} : { features: checkFeatures(features) }),
  };
}

function checkPorts(ports: unknown): Traffic["ports"] {
  if (!Array.isArray(ports) || ports.length > MOST_PORTS) return malformed(`"ports" that is not a list of at most ${MOST_PORTS}`);
  return ports.map((one) => {
    const { port, routed, bytesOut, bytesIn, streams } = record(one, "ports");
    return {
      ...(port === undefined ? {} : { port: atMost(LAST_PORT, port, "port") }),
      ...(routed === true ? { routed } : {}),
      bytesOut: atMost(MOST_BYTES, bytesOut, "bytesOut"),
      bytesIn: atMost(MOST_BYTES, bytesIn, "bytesIn"),
      streams: atMost(LAST_STREAM, streams, "streams"),
    };
  });
}

function checkFound(ports: unknown): Publish["ports"] {
  if (!Array.isArray(ports) || ports.length > MOST_FOUND) return malformed(`"ports" that is not a list of at most ${MOST_FOUND}`);
  return ports.map((one) => {
    const { listen, target } = record(one, "ports");
    const { host, port } = record(target, "target");
    const address = text(host, "host", LONGEST_FOUND_ADDRESS);
    if (!isIpv4(address) && !isIpv6(address)) return malformed('"host" that is no address');
    return { listen: portIn(listen, "listen"), target: { host: address, port: portIn(port, "port") } };
  });
}

function portIn(value: unknown, what: string): number {
  const port = atMost(LAST_PORT, value, what);
  return port > 0 ? port : malformed(`"${what}" that is 0`);
}

function atMost(most: number, value: unknown, what: string): number {
  const number = whole(value, what);
  return number <= most ? number : malformed(`"${what}" above ${most}`);
}

function checkFeatures(features: unknown): string[] {
  if (!Array.isArray(features) || features.length > MOST_FEATURES)
    return malformed(`"features" that is not a list of at most ${MOST_FEATURES} names`);
  return features.map((feature) => text(feature, "features", LONGEST_NAME_SENT));
}

function checkFact(fact: Record<string, unknown>): HostFact {
  const { type } = fact;
  if (type === "host.ready") return { type };
  if (type === "stream.opened" || type === "stream.closed") return checkStreamFact(type, fact);
  if (type === "host.crowded")
    return { type, from: whole(fact.from, "from"), open: whole(fact.open, "open"), code: code(fact.code) };
  if (type === "plugin.failed")
    return { type, plugin: factText(fact, "plugin"), code: code(fact.code), message: factText(fact, "message") };
  if (type === "health.changed")
    return { type, service: whole(fact.service, "service"), healthy: fact.healthy === true, message: factText(fact, "message") };
  const listener = { frontend: factText(fact, "frontend"), address: factText(fact, "address") };
  if (type === "frontend.closed") return { type, ...listener };
  if (type === "frontend.listening") return { type, ...listener, serves: factText(fact, "serves") };
  if (type === "frontend.failed") return { type, ...listener, code: code(fact.code), message: factText(fact, "message") };
  return malformed(unknownType("fact", type));
}

function checkStreamFact(type: "stream.opened" | "stream.closed", fact: Record<string, unknown>): HostFact {
  const routed = fact.routed === true ? { routed: true as const } : {};
  const stream = { stream: whole(fact.stream, "stream"), to: whole(fact.to, "to"), ...routed };
  if (type === "stream.opened") return { type, ...stream, port: whole(fact.port, "port") };
  const counts = { bytesOut: whole(fact.bytesOut, "bytesOut"), bytesIn: whole(fact.bytesIn, "bytesIn") };
  return { type, ...stream, ...counts, ...(fact.code === undefined ? {} : { code: code(fact.code) }) };
}

function factText(fact: Record<string, unknown>, key: keyof typeof TEXT): string {
  return text(fact[key], key, TEXT[key]);
}

function code(value: unknown): keyof typeof ERRORS {
  return typeof value === "string" && Object.hasOwn(ERRORS, value)
    ? (value as keyof typeof ERRORS)
    : malformed('"code" that is unknown');
}
