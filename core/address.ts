// The only file that knows the address library: what is an address, how it is written, what a network holds. Pure.

import ipaddr from "ipaddr.js";

// Letters of each form: texts from outside are not bounded, and the library's patterns are not made for long ones.
const LONGEST_IPV4 = "255.255.255.255".length;
/** With an embedded IPv4 address 45, and room for a zone: names of interfaces have up to 15. */
const LONGEST_IPV6 = 64;
/** Such as `0377.0377.0377.0377`, for programs that still take every form of inet_aton. */
const LONGEST_NUMERIC = 32;

/** True for a dotted IPv4 address of four decimal numbers. */
export function isIpv4(text: string): boolean {
  return text.length <= LONGEST_IPV4 && ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** True for an IPv6 address without brackets; a zone (`%eth0`) may follow. */
export function isIpv6(text: string): boolean {
  return text.length <= LONGEST_IPV6 && text.includes(":") && ipaddr.IPv6.isValid(text);
}

/** True for an IPv4 address of 127.0.0.0/8. */
export function isLoopback(ipv4: string): boolean {
  return ipaddr.IPv4.parse(ipv4).range() === "loopback";
}

/** True for what only programs of the same machine connect to: `localhost`, `::1` and 127.0.0.0/8, in any of their forms. */
export function isLocalHost(host: string): boolean {
  const address = canonicalAddress(host);
  if (address === undefined) return host.toLowerCase() === "localhost";
  return address === "::1" || (isIpv4(address) && isLoopback(address));
}

/** What an IPv4 address is for, by the registries of IANA, such as `unicast` or `multicast`. */
export function rangeOf(ipv4: string): string {
  return ipaddr.IPv4.parse(ipv4).range();
}

/**
 * The one way to write an address, or undefined when it is a name. The short, octal and hexadecimal forms of
 * inet_aton and IPv4 addresses within IPv6 (RFC 4291 section 2.5.5.2) become four decimal numbers: whoever dials
 * would take them for that, so rules must as well.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIpv6(text)) {
    const parsed = ipaddr.IPv6.parse(text);
    return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toString();
  }
  if (text.length > LONGEST_NUMERIC || !/^[0-9a-fx.]*$/i.test(text) || !ipaddr.IPv4.isValid(text)) return undefined;
  return ipaddr.IPv4.parse(text).toString();
}

/** True for what some programs read as an address although it is none, such as `0000000000000000000000000000177.0.0.1`. */
export function looksNumeric(text: string): boolean {
  return /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*$/i.test(text);
}

/** The bytes of an address that {@link canonicalAddress} gave: 4 or 16, network byte order. */
export function addressBytes(address: string): number[] {
  return zoneless(address).toByteArray();
}

function zoneless(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  return ipaddr.parse(address.replace(/%.*$/, ""));
}

/** The address of 4 or 16 bytes, in the form of {@link canonicalAddress}. */
export function addressOfBytes(bytes: readonly number[]): string {
  const text = ipaddr.fromByteArray([...bytes]).toString();
  return canonicalAddress(text) ?? text;
}

/** True for an address and its mask in CIDR notation, such as `10.0.0.0/8` (RFC 4632 section 3.1). */
export function isNetwork(text: string): boolean {
  const [, address = "", bits = ""] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  return (isIpv4(address) && Number(bits) <= 32) || (isIpv6(address) && Number(bits) <= 128);
}

/** A test for the {@link addressBytes} of addresses, of a network in CIDR notation that is known to be one. */
export function networkHolds(cidr: string): (bytes: readonly number[]) => boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  const wanted = network.toByteArray();
  const whole = bits >> 3;
  const mask = 0xff00 >> (bits & 7);
  return (bytes) => {
    if (bytes.length !== wanted.length) return false;
    for (let at = 0; at < whole; at++) if (bytes[at] !== wanted[at]) return false;
    return whole === wanted.length || (((bytes[whole] ?? 0) ^ (wanted[whole] ?? 0)) & mask & 0xff) === 0;
  };
}

/** Ranges, by IANA's registries, whose addresses mean something else on every machine. */
const OWN_RANGES: ReadonlySet<string> = new Set(["unspecified", "broadcast", "multicast", "linkLocal", "loopback"]);

/**
 * True for an address, in the form of {@link canonicalAddress}, that belongs to the machine or link where it is dialled: loopback
 * and link-local ones, among them those of metadata services (RFC 3927, RFC 4291 section 2.4).
 */
export function isOwnKind(address: string): boolean {
  return OWN_RANGES.has(zoneless(address).range());
}
