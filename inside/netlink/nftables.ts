// Tables, chains, sets and rules of nftables as requests: the little of it that rules for programs inside need. What a rule
// is for stands in rules.ts.

import { attribute, be16, be32, FLAG, nested, type Request, text, u8 } from "./message.ts";

/** The number of nftables among netfilter's protocols. */
const NFTABLES = 10;
/** `NFPROTO_INET`: IPv4 and IPv6. */
const INET = 1;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW = { table: 0, chain: 3, rule: 6, set: 9, element: 12 } as const;
const DELETE_ELEMENT = 14;
/** The type `ipv4_addr` of sets, of which only programs that list them make use. */
const IPV4_KEY = 7;
/** The register that expressions hand a value on in, and one more. */
const REGISTER = be32(1);
const OTHER_REGISTER = be32(2);
const LIST_ELEMENT = 1;
/** Addresses in one request: the length of an attribute has 16 bits, and each address takes 16 bytes. */
const MOST_ADDRESSES = 4000;
const VALUE = 1;

/** Where a packet is. */
export const HOOK = { prerouting: 0, input: 1, output: 3 } as const;

/** One expression of a rule. */
export type Expression = Uint8Array;

/** Where packets of a chain come from. */
export interface Chain {
  readonly name: string;
  readonly type: "filter" | "nat";
  readonly hook: number;
  /** Chains of a hook follow each other by it, the lowest first. */
  readonly priority: number;
}

function expression(name: string, ...data: readonly Uint8Array[]): Expression {
  return nested(LIST_ELEMENT, attribute(1, text(name)), nested(2, ...data));
}

const value = (type: number, bytes: Uint8Array): Uint8Array => nested(type, attribute(VALUE, bytes));
const immediate = (register: Uint8Array, bytes: Uint8Array): Expression =>
  expression("immediate", attribute(1, register), value(2, bytes));

/** Goes on if what was loaded equals these bytes, or is other than they. */
const compare = (bytes: Uint8Array, isEqual = true): Expression =>
  expression("cmp", attribute(1, REGISTER), attribute(2, be32(isEqual ? 0 : 1)), value(3, bytes));

const meta = (key: number): Expression => expression("meta", attribute(1, REGISTER), attribute(2, be32(key)));

/** Bytes of the packet; `base` 1: from the network header, 2: from that of the transport. */
const payload = (base: number, offset: number, length: number): Expression =>
  expression("payload", attribute(1, REGISTER), attribute(2, be32(base)), attribute(3, be32(offset)), attribute(4, be32(length)));

const masked = (mask: Uint8Array): Expression =>
  expression(
    "bitwise",
    attribute(1, REGISTER),
    attribute(2, REGISTER),
    attribute(3, be32(mask.length)),
    value(4, mask),
    value(5, new Uint8Array(mask.length)),
  );

/** The packet has this mark, or another one. */
export const hasMark = (mark: number, isEqual = true): Expression[] => [meta(3), compare(be32(mark).reverse(), isEqual)];

/** It is of this protocol of the network, 2 for IPv4 or 10 for IPv6, as `NFPROTO_` numbers them. */
export const isFamily = (family: 2 | 10): Expression[] => [meta(15), compare(u8(family))];

/** It is of this protocol of the transport, or of another one. */
export const isProtocol = (protocol: number, isEqual = true): Expression[] => [meta(16), compare(u8(protocol), isEqual)];

/** It goes to this IPv4 address, or to another one. */
export const goesTo4 = (address: Uint8Array, isEqual = true): Expression[] => [payload(1, 16, 4), compare(address, isEqual)];

/** It goes into 127.0.0.0/8, or elsewhere. */
export const goesToLoopback4 = (isEqual = true): Expression[] => [payload(1, 16, 1), compare(u8(127), isEqual)];

/** It goes to this IPv6 address, or to another one. */
export const goesTo6 = (address: Uint8Array, isEqual = true): Expression[] => [payload(1, 24, 16), compare(address, isEqual)];

/** It goes to this port, or to another one. */
export const goesToPort = (port: number, isEqual = true): Expression[] => [payload(2, 2, 2), compare(be16(port), isEqual)];

/** It begins a TCP connection: of FIN, SYN, RST and ACK only SYN is set (RFC 9293 section 3.1). */
export const isSyn = (): Expression[] => [payload(2, 13, 1), masked(u8(0x17)), compare(u8(0x02))];

/** It goes to an IPv4 address of a set, or to one that is not in it. */
export const goesToSet4 = (set: string, isIn = true): Expression[] => [
  payload(1, 16, 4),
  expression("lookup", attribute(1, text(set)), attribute(2, REGISTER), ...(isIn ? [] : [attribute(5, be32(1))])),
];

/** Ends this chain for the packet. */
export const accept = (): Expression =>
  expression("immediate", attribute(1, be32(0)), nested(2, nested(2, attribute(1, be32(1)))));

/** Hands the packet to a socket that listens on another address and port; both ends keep the packet's own. */
export function divert(family: 2 | 10, address: Uint8Array, port: number): Expression[] {
  const to = [attribute(1, be32(family)), attribute(2, REGISTER), attribute(3, OTHER_REGISTER)];
  return [immediate(REGISTER, address), immediate(OTHER_REGISTER, be16(port)), expression("tproxy", ...to)];
}

/** Leads the packet, and all of its connection, to this IPv4 address. */
export function redirect4(address: Uint8Array): Expression[] {
  const to = [attribute(1, be32(1)), attribute(2, be32(2)), attribute(3, REGISTER)];
  return [immediate(REGISTER, address), expression("nat", ...to)];
}

/** What the sender of a refused packet gets: a reset, or an ICMP message, which has its number in the family of the packet. */
export const REFUSAL = { reset: [1, 0], noRoute: [2, 0], port: [2, 1], host: [2, 2], denied: [2, 3] } as const;

/** Refuses the packet. */
export function reject(refusal: keyof typeof REFUSAL): Expression {
  const [type, code] = REFUSAL[refusal];
  return expression("reject", attribute(1, be32(type)), attribute(2, u8(code)));
}

/** Holds the packet until a program decides; without such a program it goes on. `native`: by nftables itself, which some kernels lack. */
export function hold(queue: number, native: boolean): Expression {
  const BYPASS = 1;
  if (native) return expression("queue", attribute(1, be16(queue)), attribute(2, be16(1)), attribute(3, be16(BYPASS)));
  // struct xt_NFQ_info_v3, aligned to 8 bytes.
  const info = Uint8Array.of(queue, queue >>> 8, 1, 0, BYPASS, 0, 0, 0);
  return expression("target", attribute(1, text("NFQUEUE")), attribute(2, be32(3)), attribute(3, info));
}

/** Requests that are done as a whole or not at all. */
export class Batch {
  readonly #table: string;
  readonly #requests: Request[] = [];
  #sequence: number;

  /** @param sequence The number of the first request. */
  constructor(table: string, sequence: number) {
    this.#table = table;
    this.#sequence = sequence;
    this.#bound(BATCH_BEGIN);
  }

  /** Adds the table itself. */
  table(): this {
    return this.#add(NEW.table, FLAG.create, [attribute(1, text(this.#table))]);
  }

  chain({ name, type, hook, priority }: Chain): this {
    const place = nested(4, attribute(1, be32(hook)), attribute(2, be32(priority)));
    const more = [place, attribute(5, be32(1)), attribute(7, text(type))];
    return this.#add(NEW.chain, FLAG.create, [attribute(1, text(this.#table)), attribute(3, text(name)), ...more]);
  }

  rule(chain: string, ...expressions: readonly (Expression | readonly Expression[])[]): this {
    const body = [attribute(1, text(this.#table)), attribute(2, text(chain)), nested(4, ...expressions.flat())];
    return this.#add(NEW.rule, FLAG.create | FLAG.append, body);
  }

  /** Adds a set of IPv4 addresses. */
  set4(name: string): this {
    const body = [attribute(1, text(this.#table)), attribute(2, text(name)), attribute(3, be32(0))];
    return this.#add(NEW.set, FLAG.create, [
      ...body,
      attribute(4, be32(IPV4_KEY)),
      attribute(5, be32(4)),
      attribute(10, be32(1)),
    ]);
  }

  /** Puts addresses into a set; those that are there stay. */
  put(set: string, addresses: readonly Uint8Array[]): this {
    return this.#elements(NEW.element, FLAG.create, set, addresses);
  }

  /** Takes addresses, which are there, out of a set. */
  take(set: string, addresses: readonly Uint8Array[]): this {
    return this.#elements(DELETE_ELEMENT, 0, set, addresses);
  }

  /** All of it. */
  requests(): readonly Request[] {
    this.#bound(BATCH_END);
    return this.#requests;
  }

  #elements(type: number, flags: number, set: string, addresses: readonly Uint8Array[]): this {
    for (let at = 0; at < addresses.length; at += MOST_ADDRESSES) {
      const some = addresses.slice(at, at + MOST_ADDRESSES);
      const elements = some.map((address) => nested(LIST_ELEMENT, value(1, address)));
      this.#add(type, flags, [attribute(1, text(this.#table)), attribute(2, text(set)), nested(3, ...elements)]);
    }
    return this;
  }

  #add(type: number, flags: number, body: readonly Uint8Array[]): this {
    const header = Uint8Array.of(INET, 0, 0, 0);
    this.#requests.push({
      type: (NFTABLES << 8) | type,
      flags: flags | FLAG.ack,
      sequence: this.#sequence,
      body: [header, ...body],
    });
    this.#sequence += 1;
    return this;
  }

  #bound(type: number): void {
    this.#requests.push({ type, flags: 0, sequence: this.#sequence, body: [Uint8Array.of(0, 0, 0, NFTABLES)] });
    this.#sequence += 1;
  }
}
