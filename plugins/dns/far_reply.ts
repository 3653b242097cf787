// What another host answers, made an answer of our own: nothing of it goes on but what was asked for, under the name that was
// asked for. A host must not bring addresses of names that are none of its business into anybody's cache.

import { addressOfBytes, NoRouterError } from "../../core/mod.ts";
import { FLAG, get16, HEADER_BYTES, LABEL_BYTES, lower, NAME_BYTES, put16 } from "./bytes.ts";
import { CLASS, EDE, TYPE } from "./codes.ts";
import { EDE_OPTION, type Reply } from "./message.ts";
import type { Question } from "./query.ts";

/** Aliases of aliases that are followed; resolvers follow about as many. */
const MOST_ALIASES = 16;
/** A day, as resolvers cap it: what a host says must not outlive a change of the routes for long (RFC 8767 section 4). */
const MOST_TTL = 86_400;
/** Beyond it a number is no code of RFC 8914 that is known. */
const LAST_REASON = 127;

/** Types whose data have names that may be pointers (RFC 3597 section 4): bytes before them, and how many. */
const NAMES_IN: Readonly<Record<number, readonly [before: number, names: number]>> = {
  2: [0, 1], // NS
  [TYPE.CNAME]: [0, 1],
  6: [0, 2], // SOA
  7: [0, 1], // MB
  8: [0, 1], // MG
  9: [0, 1], // MR
  [TYPE.PTR]: [0, 1],
  14: [0, 2], // MINFO
  15: [2, 1], // MX
  17: [0, 2], // RP
  18: [2, 1], // AFSDB
  21: [2, 1], // RT
  26: [2, 2], // PX
  33: [6, 1], // SRV
  36: [2, 1], // KX
  39: [0, 1], // DNAME
};

/** Parameters of SVCB that carry addresses. */
const IPV4_HINT = 4;
const IPV6_HINT = 6;

interface Entry {
  /** Lower case, as bytes in a string. */
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  /** From the type to the data. */
  readonly fixed: Uint8Array;
  readonly data: Uint8Array;
}

/**
 * The answer to a question in a message that answers it, see {@link isAnswerTo}. Aliases are followed and left out, as where a
 * host's programs look up an address. Signatures stay; that somebody checked them is not believed.
 * @param refuses Why an address must not be answered; records that carry such a one are left out.
 * @throws NoRouterError `reset` when the message is malformed
 */
export function farReply(
  { bytes, type }: Question,
  message: Uint8Array,
  refuses: (address: string) => string | undefined = () => undefined,
): Reply {
  const flags = get16(message, 2);
  const [answers, others] = [get16(message, 6), get16(message, 8) + get16(message, 10)];
  const entries = readEntries(message, HEADER_BYTES + bytes.length, answers + others);
  const option = entries.slice(answers).find((entry) => entry.type === TYPE.OPT);
  const all = asked(entries.slice(0, answers), keyOf(bytes.subarray(0, -4)), type);
  const whyNot = (entry: Entry) =>
    addressesIn(entry)
      .map(refuses)
      .find((why) => why !== undefined);
  const found = all.filter((entry) => whyNot(entry) === undefined);
  const [blocked] = found.length === 0 ? all : [];
  const reason = blocked ? { code: EDE.BLOCKED, text: whyNot(blocked) ?? "" } : option && reasonOf(option.data);
  return {
    rcode: (flags & FLAG.rcode) | ((option?.fixed[4] ?? 0) << 4),
    authoritative: (flags & FLAG.authoritative) !== 0,
    truncated: (flags & FLAG.truncated) !== 0,
    raw: found.map(rawRecord),
    ...(reason ? { reason } : {}),
  };
}

/** The records of a type at the end of a name's aliases. */
function asked(entries: readonly Entry[], start: string, type: number): Entry[] {
  const byOwner = Map.groupBy(
    entries.filter((entry) => entry.class === CLASS.IN),
    ({ owner }) => owner,
  );
  const fits = (entry: Entry) =>
    type === TYPE.ANY || entry.type === type || (entry.type === TYPE.RRSIG && get16(entry.data, 0) === type);
  let name = start;
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases++) {
    const own = byOwner.get(name) ?? [];
    const found = own.filter(fits);
    const alias = own.find((entry) => entry.type === TYPE.CNAME);
    if (found.length > 0 || !alias) return found;
    name = keyOf(alias.data);
  }
  return [];
}

/** The addresses that a record carries: its own, and the hints of SVCB and HTTPS (RFC 9460 section 7.3). */
function addressesIn({ type, data }: Entry): string[] {
  if (type === TYPE.A || type === TYPE.AAAA) return split(data, type === TYPE.A ? 4 : 16);
  if (type !== TYPE.SVCB && type !== TYPE.HTTPS) return [];
  const found: string[] = [];
  let size = 0;
  for (let at = readName(data, 2).end; at + 4 <= data.length; at += 4 + size) {
    const key = get16(data, at);
    size = get16(data, at + 2);
    if (key === IPV4_HINT || key === IPV6_HINT)
      found.push(...split(data.subarray(at + 4, at + 4 + size), key === IPV4_HINT ? 4 : 16));
  }
  return found;
}

function split(bytes: Uint8Array, size: number): string[] {
  if (bytes.length === 0 || bytes.length % size !== 0) throw malformed();
  return Array.from({ length: bytes.length / size }, (_, at) => addressOfBytes([...bytes.subarray(at * size, (at + 1) * size)]));
}

/** With the root as its name, as {@link Reply} wants it. */
function rawRecord({ fixed, data }: Entry): Uint8Array {
  const record = Buffer.concat([Uint8Array.of(0), fixed, Uint8Array.of(0, 0), data]);
  const ttl = record.readUInt32BE(5);
  record.writeUInt32BE(ttl > 0x7fff_ffff ? 0 : Math.min(ttl, MOST_TTL), 5); // RFC 2181 section 8
  put16(record, 1 + fixed.length, data.length);
  return record;
}

function readEntries(message: Uint8Array, start: number, count: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = start; entries.length < count; ) {
    const owner = readName(message, at);
    const from = owner.end + 10;
    const end = from + get16(message, owner.end + 8);
    if (end > message.length) throw malformed();
    const type = get16(message, owner.end);
    const fixed = message.subarray(owner.end, owner.end + 8);
    const data = plainData(message, type, from, end);
    entries.push({ owner: keyOf(owner.bytes), type, class: get16(message, owner.end + 2), fixed, data });
    at = end;
  }
  return entries;
}

/** The data of a record without pointers, which mean nothing in another message. */
function plainData(message: Uint8Array, type: number, from: number, end: number): Uint8Array {
  const [before, names] = NAMES_IN[type] ?? [0, 0];
  const parts = [message.subarray(from, from + before)];
  let at = from + before;
  for (let left = names; left > 0; left--) {
    const name = readName(message, at);
    parts.push(name.bytes);
    at = name.end;
  }
  if (at > end) throw malformed();
  return Buffer.concat([...parts, message.subarray(at, end)]);
}

/** A name without pointers, and where it ends. Each pointer must lead further back (RFC 1035 section 4.1.4), so there is an end. */
function readName(message: Uint8Array, start: number): { readonly bytes: Uint8Array; readonly end: number } {
  const labels: Uint8Array[] = [];
  let [at, begun, size] = [start, start, 0];
  let end: number | undefined;
  for (;;) {
    const length = message[at] ?? 0xff;
    if (length >= 0xc0 && at + 1 < message.length) {
      const to = get16(message, at) & 0x3fff;
      end ??= at + 2;
      if (to >= begun) throw malformed();
      at = begun = to;
      continue;
    }
    size += 1 + length;
    if (length > LABEL_BYTES || size > NAME_BYTES) throw malformed();
    labels.push(message.subarray(at, at + 1 + length));
    at += 1 + length;
    if (length === 0) return { bytes: Buffer.concat(labels), end: end ?? at };
  }
}

/** Equal for equal names; bytes that tell lengths are never letters. */
function keyOf(name: Uint8Array): string {
  return Buffer.from(name.map(lower)).toString("latin1");
}

/** Why, in the other host's words (RFC 8914). */
function reasonOf(options: Uint8Array): Reply["reason"] {
  for (let at = 0; at + 4 <= options.length; at += 4 + get16(options, at + 2)) {
    const data = options.subarray(at + 4, at + 4 + get16(options, at + 2));
    const code = get16(data, 0);
    if (get16(options, at) !== EDE_OPTION || data.length < 2 || code > LAST_REASON) continue;
    return {
      code,
      text: Buffer.from(data.subarray(2))
        .toString()
        .replace(/[^ -~]/g, "?"),
    };
  }
  return undefined;
}

function malformed(): NoRouterError {
  return new NoRouterError("reset", "The other host's answer is malformed");
}
