// The messages about addresses: what a VIP and a network in CIDR notation must be.

import { isIpv4, isIpv6, rangeOf } from "../../address.ts";
import { quoted } from "../text/visible.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** First and last address of the loopback network, which no system connects to. */
const LOOPBACK_EDGES: readonly string[] = ["127.0.0.0", "127.255.255.255"];

/** True when an IPv4 address can belong to one host. */
function isHostAddress(vip: string): boolean {
  return !LOOPBACK_EDGES.includes(vip) && !["unspecified", "broadcast", "multicast"].includes(rangeOf(vip));
}

/** A host's virtual address. */
export function parseVip(text: string): Parsed<string> {
  if (!isIpv4(text)) {
    if (isIpv6(text)) return wrong(`VIP ${quoted(text)} is an IPv6 address, an IPv4 address was wanted`);
    return wrong(`VIP ${quoted(text)} is not an IPv4 address`, "Write four numbers from 0 to 255, such as 127.0.42.101");
  }
  if (!isHostAddress(text)) return wrong(`VIP ${quoted(text)} cannot belong to one host`, "Use an address such as 127.0.42.101");
  return { value: text };
}

/** A network in CIDR notation. */
export function parseNetwork(text: string): Parsed<string> {
  if (isIpv4(text))
    return wrong(`${quoted(text)} has no mask, a network was wanted`, `For this one address add '/32': '${text}/32'`);
  if (isIpv6(text))
    return wrong(`${quoted(text)} has no mask, a network was wanted`, `For this one address add '/128': '${text}/128'`);
  const [address = "", bits = "", ...rest] = text.split("/");
  const widest = isIpv4(address) ? 32 : isIpv6(address) ? 128 : 0;
  if (widest === 0 || rest.length > 0) {
    return wrong(`${quoted(text)} is not a network in CIDR notation`, "Write an address and a mask, such as 10.0.0.0/8");
  }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > widest)
    return wrong(`Mask of ${quoted(text)} is not a number from 0 to ${widest}`);
  return { value: text };
}
