// Answers as bytes (RFC 1035 section 4, EDNS of RFC 6891). The only file that knows the DNS library, which writes records.

import { type Answer, encode, type OptAnswer, type PacketOpt } from "dns-packet";
import { firstCharacters } from "../../core/mod.ts";
import { FLAG, get16, HEADER_BYTES, put16, withId } from "./bytes.ts";
import { RCODE } from "./codes.ts";
import { DNSSEC_OK, type Edns, type Query } from "./query.ts";

/** Longest message behind a length (RFC 1035 section 4.2.2). */
export const MESSAGE_BYTES = 65_535;
/** What fits into one packet everywhere (dnsflagday.net/2020). */
const OWN_UDP_BYTES = 1232;
/** The option of RFC 8914. */
export const EDE_OPTION = 15;
/** The most letters of its text. */
const EDE_TEXT = 100;

/** A record of an answer, about the name that was asked for. */
export interface OwnRecord {
  readonly type: "A" | "AAAA" | "PTR";
  /** Seconds. */
  readonly ttl: number;
  readonly data: string;
}

/** What is answered. */
export interface Reply {
  /** One of `RCODE`. */
  readonly rcode: number;
  readonly authoritative?: boolean;
  readonly records?: readonly OwnRecord[];
  /** More records, as bytes, with the root as their name. */
  readonly raw?: readonly Uint8Array[];
  /** There is more than who answered could say. */
  readonly truncated?: boolean;
  /** Why, for clients that speak EDNS (RFC 8914). */
  readonly reason?: { readonly code: number; readonly text: string };
}

/** The answer, without records and with the flag TC when it has more bytes than `most`. */
export function answerTo(query: Query, reply: Reply, most = MESSAGE_BYTES): Uint8Array {
  const { id, flags, question, edns } = query;
  const records = [...(reply.records ?? []).map((record) => encoded({ ...record, name: "." })), ...(reply.raw ?? [])];
  const option = edns ? [optionOf(edns, reply)] : [];
  const shared = flags & (FLAG.recurse | FLAG.check);
  const own = FLAG.answer | FLAG.recursive | (reply.authoritative ? FLAG.authoritative : 0) | (reply.rcode & FLAG.rcode);
  const whole = assemble(id, shared | own, question.bytes, records, option);
  return whole.length <= most && !reply.truncated
    ? whole
    : assemble(id, shared | own | FLAG.truncated, question.bytes, [], option);
}

/** An answer that another server gave, for who asked here; cut as {@link answerTo} does. It must be one, see {@link isAnswerTo}. */
export function passedOn(query: Query, answer: Uint8Array, most = MESSAGE_BYTES): Uint8Array {
  if (answer.length > most) {
    const option = query.edns ? [optionOf(query.edns, { rcode: RCODE.NOERROR })] : [];
    return assemble(query.id, get16(answer, 2) | FLAG.truncated, query.question.bytes, [], option);
  }
  const passed = withId(answer, query.id);
  passed.set(query.question.bytes, HEADER_BYTES); // the name as it was asked for, whatever case others make of it
  return passed;
}

/** A message from its parts. Records have the root as their name, which becomes a pointer to the question's. */
function assemble(
  id: number,
  flags: number,
  question: Uint8Array,
  records: readonly Uint8Array[],
  options: readonly Uint8Array[],
): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES);
  [id, flags, 1, records.length, 0, options.length].forEach((value, index) => void put16(head, 2 * index, value));
  const pointer = Uint8Array.of(0xc0, HEADER_BYTES);
  return Buffer.concat([head, question, ...records.flatMap((record) => [pointer, record.subarray(1)]), ...options]);
}

function optionOf({ dnssec }: Edns, { rcode, reason }: Reply): Uint8Array {
  const data = reason && Buffer.from(`\0${String.fromCharCode(reason.code)}${firstCharacters(reason.text, EDE_TEXT)}`);
  // The library's types know fewer options than its code.
  const options = data ? [{ code: EDE_OPTION, data } as unknown as PacketOpt] : [];
  const flags = dnssec ? DNSSEC_OK : 0;
  const common = { udpPayloadSize: OWN_UDP_BYTES, ednsVersion: 0, flags, flag_do: dnssec, options };
  return encoded({ type: "OPT", name: ".", extendedRcode: rcode >> 4, ...common } satisfies OptAnswer);
}

function encoded(record: Answer): Uint8Array {
  return encode({ type: "response", answers: [record] }).subarray(HEADER_BYTES);
}
