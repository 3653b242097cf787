// The interface `lo`, its addresses, and routes that make every address local to it: requests of rtnetlink(7).

import { addressBytes } from "../../core/mod.ts";
import { attribute, FLAG, type Request, u32 } from "./message.ts";

const NEW_LINK = 16;
const NEW_ADDRESS = 20;
const NEW_ROUTE = 24;
/** `lo` is the first interface of every namespace. */
const LO = 1;
const IFF_UP = 1;
/** `IFA_F_NODAD`: the address may be used at once. */
const NO_DUPLICATE_DETECTION = 2;
const SCOPE_HOST = 254;
const TABLE_LOCAL = 255;
const PROTOCOL_STATIC = 4;
/** `RTN_LOCAL`. */
const LOCAL = 2;

/** An address as bytes: 4 or 16 of them. */
export type AddressBytes = Uint8Array;

/** The bytes of an address that is written as text. */
export function bytesOf(address: string): AddressBytes {
  return Uint8Array.from(addressBytes(address));
}

const MADE = FLAG.ack | FLAG.create;
const familyOf = ({ length }: AddressBytes): number => (length === 4 ? 2 : 10);

/** Starts the interface. */
export function startLo(sequence: number): Request {
  const header = Uint8Array.of(0, 0, 0, 0);
  return { type: NEW_LINK, flags: FLAG.ack, sequence, body: [header, u32(LO), u32(IFF_UP), u32(IFF_UP)] };
}

/** Gives the interface an address. */
export function addAddress(address: AddressBytes, sequence: number): Request {
  const header = Uint8Array.of(familyOf(address), address.length * 8, NO_DUPLICATE_DETECTION, SCOPE_HOST);
  const body = [header, u32(LO), attribute(2, address), attribute(1, address)];
  return { type: NEW_ADDRESS, flags: MADE, sequence, body };
}

/** Makes all addresses of a family local; what programs send has this source. */
export function makeAllLocal(source: AddressBytes, sequence: number): Request {
  const scope = source.length === 4 ? SCOPE_HOST : 0;
  const header = Uint8Array.of(familyOf(source), 0, 0, 0, TABLE_LOCAL, PROTOCOL_STATIC, scope, LOCAL);
  return { type: NEW_ROUTE, flags: MADE, sequence, body: [header, u32(0), attribute(4, u32(LO)), attribute(7, source)] };
}
