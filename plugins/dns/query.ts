// Questions as bytes (RFC 1035 section 4): reads them without trusting one of them. Time is proportional to length, nothing
// is thrown. No library: its text of names is not unique, and following pointers takes it quadratic time.

import { FLAG, get16, HEADER_BYTES, LABEL_BYTES, lower, NAME_BYTES, put16 } from "./bytes.ts";
import { RCODE, TYPE } from "./codes.ts";

/** Longest question that is read, in bytes; padded ones (RFC 8467) have 128. */
export const QUERY_BYTES = 4096;
/** The flag in an EDNS record for who wants signatures (RFC 3225). */
export const DNSSEC_OK = 0x8000;
/** Records that a question may bring: EDNS, a signature (RFC 8945), the SOA of an IXFR (RFC 1995). */
const QUERY_RECORDS = 8;
/** UDP answers without EDNS, and the bounds of what EDNS may ask for. */
const LEAST_UDP_BYTES = 512;
const MOST_UDP_BYTES = 4096;

/** What is asked. */
export interface Question {
  /** Lower case, without the final dot; `.` is the root. Other bytes than letters, digits, `-`, `_` are `\DDD`, so text is unique. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** As it stands in the message. */
  readonly bytes: Uint8Array;
}

/** The EDNS record of a question (RFC 6891 section 6.1). */
export interface Edns {
  readonly version: number;
  readonly udpBytes: number;
  readonly dnssec: boolean;
}

/** A question as it came. */
export interface Query {
  readonly id: number;
  readonly flags: number;
  readonly question: Question;
  readonly edns: Edns | undefined;
  readonly message: Uint8Array;
}

/**
 * Reads a question. An array of bytes instead is the answer to what is no proper question; undefined is not answered:
 * it has no header, or is an answer itself.
 */
export function readQuery(message: Uint8Array): Query | Uint8Array | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const [id, flags, questions, answers, authorities, additionals] = [0, 2, 4, 6, 8, 10].map((at) => get16(message, at));
  if (id === undefined || flags === undefined || (flags & FLAG.answer) !== 0) return undefined;
  if ((flags & FLAG.opcode) !== 0) return header(id, flags, RCODE.NOTIMP);
  const records = (answers ?? 0) + (authorities ?? 0) + (additionals ?? 0);
  if (questions !== 1 || message.length > QUERY_BYTES || records > QUERY_RECORDS) return header(id, flags, RCODE.FORMERR);
  const question = readQuestion(message);
  const edns = question && readEdns(message, HEADER_BYTES + question.bytes.length, records);
  if (!question || edns === "malformed") return header(id, flags, RCODE.FORMERR);
  return { id, flags, question, edns, message };
}

/** The most bytes that a UDP answer may have. */
export function udpBytes({ edns }: Query): number {
  return edns ? Math.min(Math.max(edns.udpBytes, LEAST_UDP_BYTES), MOST_UDP_BYTES) : LEAST_UDP_BYTES;
}

/** Whether a message answers a question that was sent with this number (RFC 5452 section 9.1). */
export function isAnswerTo({ bytes }: Question, id: number, message: Uint8Array): boolean {
  const end = HEADER_BYTES + bytes.length;
  if (message.length < end || get16(message, 0) !== id || get16(message, 4) !== 1) return false;
  if ((get16(message, 2) & (FLAG.answer | FLAG.opcode)) !== FLAG.answer) return false;
  // In type and class a letter is a number; length bytes are never letters.
  const nameEnd = bytes.length - 4;
  return bytes.every((byte, at) => {
    const other = message[HEADER_BYTES + at] ?? 0;
    return byte === other || (at < nameEnd && lower(byte) === lower(other));
  });
}

/** Equal for questions that every server answers alike: all but number and case. */
export function sameness({ question, message }: Query): string {
  const rest = message.subarray(HEADER_BYTES + question.bytes.length - 4);
  const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return `${question.name} ${text(message.subarray(2, HEADER_BYTES))}${text(rest)}`;
}

function readQuestion(message: Uint8Array): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at]; length !== 0; length = message[at]) {
    // Nothing stands before the first name, so it cannot point anywhere.
    if (length === undefined || length > LABEL_BYTES || at + 1 + length >= message.length) return undefined;
    labels.push(labelText(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
    if (at + 1 - HEADER_BYTES > NAME_BYTES) return undefined;
  }
  if (at + 5 > message.length) return undefined;
  const [type, kind] = [get16(message, at + 1), get16(message, at + 3)];
  return { name: labels.join(".") || ".", type, class: kind, bytes: message.slice(HEADER_BYTES, at + 5) };
}

function labelText(label: Uint8Array): string {
  let text = "";
  for (const byte of label) {
    const letter = String.fromCharCode(lower(byte));
    text += /[a-z0-9_-]/.test(letter) ? letter : `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

/** Walks over all records; they must end where the message ends. */
function readEdns(message: Uint8Array, start: number, records: number): Edns | undefined | "malformed" {
  let at = start;
  let edns: Edns | undefined;
  for (let left = records; left > 0; left--) {
    const isRoot = message[at] === 0;
    const fixed = skipName(message, at);
    if (fixed === undefined || fixed + 10 > message.length) return "malformed";
    const end = fixed + 10 + get16(message, fixed + 8);
    if (end > message.length) return "malformed";
    if (get16(message, fixed) === TYPE.OPT) {
      if (edns || !isRoot || !hasWholeOptions(message.subarray(fixed + 10, end))) return "malformed";
      const dnssec = (get16(message, fixed + 6) & DNSSEC_OK) !== 0;
      edns = { version: message[fixed + 5] ?? 0, udpBytes: get16(message, fixed + 2), dnssec };
    }
    at = end;
  }
  return at === message.length ? edns : "malformed";
}

/** Where a name ends. A pointer (RFC 1035 section 4.1.4) ends it, must lead back and is not followed. */
function skipName(message: Uint8Array, start: number): number | undefined {
  let at = start;
  for (let length = message[at]; length !== undefined; length = message[at]) {
    if (length === 0) return at + 1;
    if (length >= 0xc0) {
      const to = get16(message, at) & 0x3fff;
      return at + 2 <= message.length && to >= HEADER_BYTES && to < start ? at + 2 : undefined;
    }
    at += 1 + length;
    if (length > LABEL_BYTES || at + 1 - start > NAME_BYTES) return undefined;
  }
  return undefined;
}

function hasWholeOptions(options: Uint8Array): boolean {
  let at = 0;
  while (at + 4 <= options.length) at += 4 + get16(options, at + 2);
  return at === options.length;
}

function header(id: number, flags: number, rcode: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  put16(bytes, 0, id);
  put16(bytes, 2, FLAG.answer | (flags & (FLAG.opcode | FLAG.recurse)) | rcode);
  return bytes;
}
