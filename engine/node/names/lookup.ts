// Names to addresses, as `dns.lookup` documents it.

import { builtinModule, lookUp } from "engine:host";
import { coded, invalidArgType, invalidArgValue } from "../errors.ts";
import { isIP } from "../net/ip.ts";
import { askGetent, getentFor } from "./getent.ts";

/** Hints: as getaddrinfo(3) numbers them. Only V4MAPPED and ALL change anything; all addresses are found whatever the host has itself. */
export const ADDRCONFIG = 0x20;
/** With V4MAPPED: mapped addresses too where there are others. */
export const ALL = 0x10;
/** IPv4 addresses as IPv6 ones, where there are none. */
export const V4MAPPED = 0x08;

const ORDERS = ["verbatim", "ipv4first", "ipv6first"] as const;
/** In which order addresses are given. */
export type Order = (typeof ORDERS)[number];

/** An address and its family. */
export interface LookupAddress {
  address: string;
  family: 4 | 6;
}

/** Which addresses are wanted, and in which order. */
export interface LookupOptions {
  readonly family?: 0 | 4 | 6 | "IPv4" | "IPv6" | undefined;
  readonly hints?: number | undefined;
  readonly all?: boolean | undefined;
  readonly order?: Order | undefined;
  readonly verbatim?: boolean | undefined;
}

/** Options that were checked. */
export interface Wanted {
  readonly family: 0 | 4 | 6;
  readonly hints: number;
  readonly all: boolean;
  readonly order: Order;
}

let defaultOrder: Order = "verbatim";

/** The order where options name none. */
export function getDefaultResultOrder(): Order {
  return defaultOrder;
}

/** Sets the order where options name none. */
export function setDefaultResultOrder(order: Order): void {
  if (!ORDERS.includes(order)) throw invalidArgValue("dnsOrder", order, mustBe(ORDERS));
  defaultOrder = order;
}

function mustBe(values: readonly unknown[]): string {
  return `must be one of: ${values.map((one) => (typeof one === "string" ? `'${one}'` : one)).join(", ")}`;
}

/** Checks options; a number is the family. @throws CodedError */
export function wanted(options: LookupOptions | 0 | 4 | 6 | null | undefined): Wanted {
  const given: LookupOptions = typeof options === "object" ? (options ?? {}) : { family: options };
  const { hints = 0, all = false, verbatim } = given;
  const family = given.family === "IPv4" ? 4 : given.family === "IPv6" ? 6 : (given.family ?? 0);
  if (family !== 0 && family !== 4 && family !== 6) {
    throw typeof options === "object"
      ? invalidArgValue("options.family", family, mustBe([0, 4, 6]))
      : invalidArgValue("family", family, mustBe([0, 4, 6]));
  }
  if ((hints & ~(ADDRCONFIG | ALL | V4MAPPED)) !== 0) throw invalidArgValue("hints", hints);
  if (given.order !== undefined && !ORDERS.includes(given.order))
    throw invalidArgValue("options.order", given.order, mustBe(ORDERS));
  const byVerbatim = verbatim === undefined ? defaultOrder : verbatim ? "verbatim" : "ipv4first";
  return { family, hints, all: Boolean(all), order: given.order ?? byVerbatim };
}

/** Checks a name. @throws CodedError */
export function checkName(hostname: unknown): void {
  if (hostname === null || hostname === undefined || hostname === "") return;
  if (typeof hostname !== "string") throw invalidArgType("hostname", "of type string", hostname);
  if (hostname.includes("\0")) throw invalidArgValue("hostname", hostname, "must be a string without null bytes");
}

/** The addresses of a name; none for an empty one. @throws Error such as `getaddrinfo ENOTFOUND example` */
export async function find(hostname: string | null | undefined, options: Wanted): Promise<LookupAddress[]> {
  if (!hostname) return [];
  const literal = isIP(hostname);
  if (literal !== 0) return [{ address: hostname, family: literal as 4 | 6 }];
  const name = /^[\0-\x7f]*$/.test(hostname) ? hostname : asAscii(hostname);
  const found = ofFamily(await everyAddress(name, hostname), options);
  if (found.length === 0) throw lookUpError("ENOTFOUND", hostname);
  if (options.order === "verbatim") return found;
  const first = options.order === "ipv4first" ? 4 : 6;
  return [...found.filter(({ family }) => family === first), ...found.filter(({ family }) => family !== first)];
}

/** Resolvers are asked for what a name is in ASCII; one that is none is asked for as it is, and not found. */
function asAscii(name: string): string {
  const { domainToASCII } = builtinModule("node:url") as typeof import("node:url");
  return domainToASCII(name) || name;
}

async function everyAddress(name: string, shown: string): Promise<LookupAddress[]> {
  const getent = getentFor(name);
  const answer = getent === undefined ? "unable" : await askGetent(getent, name);
  if (answer === "not-found") throw lookUpError("ENOTFOUND", shown);
  if (answer === "late") throw lookUpError("EAI_AGAIN", shown);
  return answer === "unable" ? own(name, shown) : answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
}

function own(name: string, shown: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookUp(name, (failed, found) => {
      if (failed !== 0) reject(lookUpError(CODES[failed] ?? "EAI_FAIL", shown));
      else resolve(found.map(([address, , family]) => ({ address, family })));
    });
  });
}

function ofFamily(found: readonly LookupAddress[], { family, hints }: Wanted): LookupAddress[] {
  if (family === 0) return [...found];
  const same = found.filter((one) => one.family === family);
  if (family === 4 || !(hints & V4MAPPED) || (same.length > 0 && !(hints & ALL))) return same;
  const mapped = found
    .filter((one) => one.family === 4)
    .map(({ address }) => ({ address: `::ffff:${address}`, family: 6 as const }));
  return [...same, ...mapped];
}

/** Codes by the numbers of netdb.h. A name without an address of the family is as one that is not there. */
const CODES: Readonly<Record<number, string>> = {
  [-1]: "EAI_BADFLAGS",
  [-2]: "ENOTFOUND",
  [-3]: "EAI_AGAIN",
  [-4]: "EAI_FAIL",
  [-5]: "ENOTFOUND",
  [-6]: "EAI_FAMILY",
  [-7]: "EAI_SOCKTYPE",
  [-8]: "EAI_SERVICE",
  [-10]: "EAI_MEMORY",
  [-12]: "EAI_OVERFLOW",
};

/** Numbers of libuv. */
const ERRNOS: Readonly<Record<string, number>> = {
  EAI_AGAIN: -3001,
  EAI_BADFLAGS: -3002,
  EAI_FAIL: -3004,
  EAI_FAMILY: -3005,
  EAI_MEMORY: -3006,
  ENOTFOUND: -3008,
  EAI_OVERFLOW: -3009,
  EAI_SERVICE: -3010,
  EAI_SOCKTYPE: -3011,
};

function lookUpError(code: string, hostname: string): Error {
  const error = coded(code, `getaddrinfo ${code} ${hostname}`);
  return Object.assign(error, { errno: ERRNOS[code] ?? -1, code, syscall: "getaddrinfo", hostname });
}
