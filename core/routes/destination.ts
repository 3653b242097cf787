// What a program asks to be connected to, written in one way, so that every rule sees the same. Pure.

import { addressBytes, canonicalAddress, looksNumeric } from "../address.ts";
import { showPlace } from "../place.ts";

/** Characters of a name and of each of its labels, as text (RFC 1035 section 2.3.4). */
export const LONGEST_NAME = 253;
export const LONGEST_LABEL = 63;

/** Where a program wants to go. */
export interface Destination {
  /** A name in lower case without its final dot, or an address in its one form, without brackets. */
  readonly host: string;
  /** Whether `host` is an address. */
  readonly address: boolean;
  /** The address's bytes, 4 or 16; undefined for a name. */
  readonly bytes: readonly number[] | undefined;
  /** 1..65535; 0 when only the name is asked for: a route through a host is then about it whatever its ports. */
  readonly port: number;
}

/** Who connects to the unspecified address is connected to itself. */
const SELF: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** A destination as a client wrote it: any case, a final dot, an IPv6 address with or without brackets. */
export function destinationOf(host: string, port: number): Destination {
  const name = canonicalName(host);
  const written = canonicalAddress(/^\[(.*)\]$/s.exec(name)?.[1] ?? name);
  const address = SELF[written ?? ""] ?? written;
  if (address === undefined) return { host: name, address: false, bytes: undefined, port };
  return { host: address, address: true, bytes: addressBytes(address), port };
}

/**
 * Whether a destination can be dialled at all. What resolvers read in ways of their own, such as `ex\\097mple`, `a/b` or digits
 * that are no address, must get past no rule, so it gets nowhere.
 */
export function isDialable({ host, address }: Destination): boolean {
  return address || (host.length <= LONGEST_NAME && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) && !looksNumeric(host));
}

/** A name in lower case without its final dot; one of other letters as it is looked up (RFC 5890 section 2.3.2.1). */
export function canonicalName(name: string): string {
  return withoutFinalDot(inAscii(withoutFinalDot(name.toLowerCase())));
}

/** Of two final dots neither is left out: such a text is no name, and must not become one when it is read again. */
function withoutFinalDot(name: string): string {
  return name.replace(/(?<=[^.])\.$/, "");
}

/** Whoever resolves `ｅxample.org` asks for `example.org`, so routes must be asked about that. */
function inAscii(name: string): string {
  if (/^[\x20-\x7f]*$/.test(name)) return name;
  if (name.length > LONGEST_NAME || /[\s\p{Cc}/?#@:%\\[\]]/u.test(name) || !URL.canParse(`http://${name}`)) return name;
  return new URL(`http://${name}`).hostname;
}

/** A destination as people write it: `name:port`, an IPv6 address in brackets, no port when there is none. */
export function showDestination({ host, port }: Pick<Destination, "host" | "port">): string {
  const shown = showPlace({ host, port });
  return port === 0 ? shown.slice(0, -":0".length) : shown;
}
