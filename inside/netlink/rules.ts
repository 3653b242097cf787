// What becomes of packets of a program inside: connections to addresses that are not its own are diverted to the agent, the first
// packet of each is held until the agent knows whether it can be made, and what the network does not carry is refused at once.

import {
  accept,
  Batch,
  divert,
  goesTo4,
  goesTo6,
  goesToLoopback4,
  goesToPort,
  goesToSet4,
  HOOK,
  hasMark,
  hold,
  isFamily,
  isProtocol,
  isSyn,
  REFUSAL,
  redirect4,
  reject,
} from "./nftables.ts";

/** The queue in which first packets are held. */
export const QUEUE = 1;
/** The set of the network's VIPs. */
export const VIPS = "vips";
const TABLE = "norouter";
/** Where the agent listens: an address and a port that no program wants. */
export const DIVERTED = { address4: "127.255.255.254", port: 1 } as const;

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const DNS_PORT = 53;
const LOOPBACK4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK6 = Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0));
const DIVERTED4 = Uint8Array.of(127, 255, 255, 254);
const [MANGLE, DNAT, FILTER] = [-150, -100, 0];

/** What the agent says of a held connection: the packet's mark. */
export const MARK: Readonly<Record<keyof typeof REFUSAL, number>> = { reset: 1, noRoute: 2, port: 3, host: 4, denied: 5 };

/** The host's own addresses. */
export interface OwnAddresses {
  readonly vip: Uint8Array;
  readonly vip6: Uint8Array;
}

/** The table, and what is diverted and refused. */
export function divertingRules({ vip, vip6 }: OwnAddresses, sequence: number): Batch {
  const batch = new Batch(TABLE, sequence).table().set4(VIPS);
  batch.chain({ name: "divert", type: "filter", hook: HOOK.prerouting, priority: MANGLE });
  for (const passed of [isProtocol(TCP, false), hasMark(0, false)]) batch.rule("divert", passed, accept());
  acceptOwn(batch, "divert", { vip, vip6 });
  batch.rule("divert", isFamily(2), divert(2, DIVERTED4, DIVERTED.port), accept());
  batch.rule("divert", isFamily(10), divert(10, vip6, DIVERTED.port), accept());
  // Where a packet arrives: refused where it is sent, its sender would hear that it is not permitted.
  batch.chain({ name: "refuse", type: "filter", hook: HOOK.input, priority: FILTER });
  // What is diverted keeps its own destination: only who seeks the agent's listeners comes to them by their address.
  const listeners = [
    [...isFamily(2), ...goesTo4(DIVERTED4)],
    [...isFamily(10), ...goesTo6(vip6)],
  ];
  for (const place of listeners)
    batch.rule("refuse", place, isProtocol(TCP), goesToPort(DIVERTED.port), isSyn(), reject("reset"));
  for (const refusal of Object.keys(REFUSAL) as (keyof typeof REFUSAL)[])
    batch.rule("refuse", hasMark(MARK[refusal]), reject(refusal));
  // UDP and ICMP go to the program's own addresses alone.
  batch.rule("refuse", isProtocol(TCP), accept());
  acceptOwn(batch, "refuse", { vip, vip6 });
  for (const protocol of [ICMP, ICMPV6]) batch.rule("refuse", isProtocol(protocol), reject("host"));
  batch.rule("refuse", isProtocol(UDP), reject("port")); // the one refusal that a socket without a connection hears of
  return batch;
}

/** What goes to the program's own addresses passes: its VIPs, and the loopback but for the network's VIPs. */
function acceptOwn(batch: Batch, chain: string, { vip, vip6 }: OwnAddresses): void {
  batch.rule(chain, isFamily(2), goesTo4(vip), accept());
  batch.rule(chain, isFamily(2), goesToLoopback4(), goesToSet4(VIPS, false), accept());
  for (const own of [LOOPBACK6, vip6]) batch.rule(chain, isFamily(10), goesTo6(own), accept());
}

/** Questions for names go to the agent, whatever server a program asks. A kernel may lack what this needs. */
export function nameRules(sequence: number): Batch {
  const batch = new Batch(TABLE, sequence);
  batch.chain({ name: "names", type: "nat", hook: HOOK.output, priority: DNAT });
  for (const protocol of [TCP, UDP]) {
    const asked = [...isProtocol(protocol), ...goesToPort(DNS_PORT)];
    batch.rule("names", isFamily(2), goesToLoopback4(false), ...asked, redirect4(LOOPBACK4));
  }
  return batch;
}

/** The first packet of each connection that is diverted is held. A kernel may lack what this needs. */
export function holdingRules(own: OwnAddresses, native: boolean, sequence: number): Batch {
  const batch = new Batch(TABLE, sequence);
  batch.chain({ name: "hold", type: "filter", hook: HOOK.output, priority: MANGLE });
  const first = [...isProtocol(TCP), ...hasMark(0), ...isSyn()];
  acceptOwn(batch, "hold", own);
  batch.rule("hold", isFamily(2), first, goesToLoopback4(false), goesToPort(DNS_PORT), accept());
  batch.rule("hold", first, hold(QUEUE, native));
  return batch;
}

/** Makes the set of VIPs what it is to be. */
export function vipChange(added: readonly Uint8Array[], gone: readonly Uint8Array[], sequence: number): Batch {
  return new Batch(TABLE, sequence).put(VIPS, added).take(VIPS, gone);
}
