// Held packets: which connection the first packet of one begins, and what becomes of it. See libnetfilter_queue, and RFC 9293 and
// RFC 791 for what is read of packets.

import { addressOfBytes } from "../../core/mod.ts";
import { attribute, attributesIn, be16, be32, FLAG, type Received, type Request, u8 } from "./message.ts";
import { MARK, QUEUE } from "./rules.ts";

const PROTOCOL = 3 << 8;
const VERDICT = PROTOCOL | 1;
const CONFIGURE = PROTOCOL | 2;
const BIND = 1;
const WHOLE_PACKETS = 2;
/** Of a packet, as much as its headers may be. */
const COPIED_BYTES = 128;
/** Packets that wait at once; the kernel's own bound is 1,024, and what is beyond is sent again by its sender a second later. */
const MOST_HELD = 8192;
const HEADER_BYTES = 4;
const TCP = 6;
/** Headers of IPv6 that may stand before that of TCP: hop-by-hop options, routing, destination options (RFC 8200 section 4.1). */
const EXTENSIONS: ReadonlySet<number | undefined> = new Set([0, 43, 60]);
/** `NF_DROP`, `NF_ACCEPT` and `NF_REPEAT`. */
const [DROP, LET_GO, REPEAT] = [0, 1, 4];

/** A connection whose first packet is held. */
export interface HeldPacket {
  /** The kernel's number for the packet. */
  readonly id: number;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

/** What becomes of a held packet: it goes on, it is forgotten, or its sender is told why not. */
export type Verdict = "go" | "drop" | keyof typeof MARK;

const header = (): Uint8Array => Uint8Array.of(0, 0, ...be16(QUEUE));

/** What makes a socket the one that decides. */
export function takeQueue(sequence: number): Request[] {
  const set = (at: number, ...body: readonly Uint8Array[]): Request => ({
    type: CONFIGURE,
    flags: FLAG.ack,
    sequence: sequence + at,
    body: [header(), ...body],
  });
  return [
    set(0, attribute(1, u8(BIND), u8(0), be16(0))),
    set(1, attribute(2, be32(COPIED_BYTES), u8(WHOLE_PACKETS))),
    set(2, attribute(3, be32(MOST_HELD))),
  ];
}

/** Decides about a packet. */
export function verdictOn(id: number, verdict: Verdict): Request {
  const code = verdict === "go" ? LET_GO : verdict === "drop" ? DROP : REPEAT;
  const mark = verdict === "go" || verdict === "drop" ? [] : [attribute(3, be32(MARK[verdict]))];
  return { type: VERDICT, flags: 0, sequence: 0, body: [header(), attribute(2, be32(code), be32(id)), ...mark] };
}

/** The kernel's number for a packet that waits, whatever it is; undefined for any other message. */
export function numberOfPacket({ type, body }: Received): number | undefined {
  const number = type === PROTOCOL ? attributesIn(body, HEADER_BYTES).get(1) : undefined;
  return number && number.length >= 4 ? new DataView(number.buffer, number.byteOffset).getUint32(0) : undefined;
}

/** A held packet; undefined for any other message, and for what is no TCP. */
export function heldPacketIn(message: Received): HeldPacket | undefined {
  const id = numberOfPacket(message);
  const packet = id === undefined ? undefined : attributesIn(message.body, HEADER_BYTES).get(10);
  const addresses = packet && addressesOf(packet);
  if (id === undefined || !packet || !addresses) return undefined;
  const { from, to, ports } = addresses;
  const port = (at: number) => ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  return { id, from, fromPort: port(ports), to, toPort: port(ports + 2) };
}

function addressesOf(packet: Uint8Array) {
  const version = (packet[0] ?? 0) >> 4;
  const ports = version === 4 ? tcpIn4(packet) : version === 6 ? tcpIn6(packet) : undefined;
  if (ports === undefined || packet.length < ports + 4) return undefined;
  const textAt = (at: number, size: number) => addressOfBytes([...packet.subarray(at, at + size)]);
  if (version === 4) return { from: textAt(12, 4), to: textAt(16, 4), ports };
  return { from: textAt(8, 16), to: textAt(24, 16), ports };
}

/** Where the header of TCP begins; undefined for another protocol. */
function tcpIn4(packet: Uint8Array): number | undefined {
  const at = ((packet[0] ?? 0) & 15) * 4;
  return at >= 20 && packet[9] === TCP ? at : undefined;
}

function tcpIn6(packet: Uint8Array): number | undefined {
  let next = packet[6];
  let at = 40;
  while (EXTENSIONS.has(next)) {
    next = packet[at];
    at += ((packet[at + 1] ?? 0) + 1) * 8;
  }
  return next === TCP ? at : undefined;
}
