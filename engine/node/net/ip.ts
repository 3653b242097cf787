// Texts of IP addresses: `isIP`, and what Node checks about ports.

import { coded, shown } from "../errors.ts";

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const SCOPE = /^[-0-9a-zA-Z.:_]+$/;

/** 4 or 6, the version of an address; 0 for what is none. */
export function isIP(text: unknown): 0 | 4 | 6 {
  const address = typeof text === "string" ? text : `${text as string}`;
  if (V4.test(address)) return 4;
  return address.includes(":") && isAddress6(address) ? 6 : 0;
}

/** Whether a text is an IPv4 address. */
export function isIPv4(text: unknown): boolean {
  return isIP(text) === 4;
}

/** Whether a text is an IPv6 address, with or without a scope. */
export function isIPv6(text: unknown): boolean {
  return isIP(text) === 6;
}

function isAddress6(text: string): boolean {
  const percent = text.indexOf("%");
  if (percent >= 0 && !SCOPE.test(text.slice(percent + 1))) return false;
  const halves = (percent < 0 ? text : text.slice(0, percent)).split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [at, half] of halves.entries()) {
    const count = countGroups(half, at === halves.length - 1);
    if (count < 0) return false;
    groups += count;
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** Groups of 16 bits; -1 if there is something else. An IPv4 address at the very end is two of them. */
function countGroups(half: string, isEnd: boolean): number {
  if (half === "") return 0;
  const parts = half.split(":");
  let count = parts.length;
  for (const [at, part] of parts.entries()) {
    if (GROUP.test(part)) continue;
    if (!isEnd || at < parts.length - 1 || !V4.test(part)) return -1;
    count += 1;
  }
  return count;
}

/**
 * A port as a number.
 * @throws CodedError `ERR_SOCKET_BAD_PORT`
 */
export function portOf(value: unknown, name: string, isZeroAllowed = true): number {
  const isText = typeof value === "string" && value.trim() !== "";
  const port = typeof value === "number" || isText ? Number(value) : Number.NaN;
  if (port >>> 0 === port && port <= 0xffff && (port > 0 || isZeroAllowed)) return port;
  const range = isZeroAllowed ? ">=" : ">";
  throw coded("ERR_SOCKET_BAD_PORT", `${name} should be ${range} 0 and < 65536. Received ${shown(value)}.`, RangeError);
}
