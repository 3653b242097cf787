// Batches as the kernel wants them, and what the rules do with packets, told by a small machine that runs their expressions.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes, addressOfBytes } from "../../core/mod.ts";
import { attributesIn, be16, be32, FLAG, joined } from "./message.ts";
import type { Batch } from "./nftables.ts";
import { divertingRules, holdingRules, MARK, nameRules, vipChange } from "./rules.ts";

const bytesOf = (address: string) => Uint8Array.from(addressBytes(address));
const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");
const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes?.subarray(0, -1) ?? []).toString();
const OWN = { vip: bytesOf("127.4.5.6"), vip6: bytesOf("fd00::1") };
const [BEGIN, END, RULE] = [0x10, 0x11, 0x0a06];
const [TCP, UDP, ICMP, ICMPV6] = [6, 17, 1, 58];
const [SYN, SYN_ACK, ACK] = [0x02, 0x12, 0x10];
const vipBytes = fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { maxLength: 5 });

for (const [name, make] of [
  ["divertingRules", (sequence: number) => divertingRules(OWN, sequence)],
  ["nameRules", nameRules],
  ["holdingRules, by nftables", (sequence: number) => holdingRules(OWN, true, sequence)],
  ["holdingRules, by iptables", (sequence: number) => holdingRules(OWN, false, sequence)],
  ["vipChange", (sequence: number) => vipChange([OWN.vip], [bytesOf("127.4.5.7")], sequence)],
] as const) {
  test(`the batch of ${name} begins and ends, counts without gaps, and every request in it is acknowledged`, () => {
    assertBatch(make(1), 1);
    assertBatch(make(4711), 4711);
  });
}

test("a change of VIPs is a batch, whatever changes", () => {
  fc.assert(
    fc.property(vipBytes, vipBytes, fc.nat(1000), (added, gone, first) => assertBatch(vipChange(added, gone, first), first)),
  );
  assert.equal(vipChange([], [], 1).requests().length, 2, "without a change there is nothing in it");
});

function assertBatch(batch: Batch, first: number): void {
  const requests = batch.requests();
  assert.deepEqual(
    requests.map(({ sequence }) => sequence),
    requests.map((_, at) => first + at),
  );
  const [begin, ...rest] = requests;
  const end = rest.pop();
  for (const [bound, type] of [[begin, BEGIN] as const, [end, END] as const]) {
    assert.deepEqual([bound?.type, bound?.flags, hexOf(joined(bound?.body ?? []))], [type, 0, "0000000a"]);
  }
  for (const { type, flags, body } of rest) {
    assert.equal(type >>> 8, 10, "it is for nftables");
    assert.equal(flags & FLAG.ack, FLAG.ack);
    assert.equal(textOf(attributesIn(joined(body), 4).get(1)), "norouter");
  }
}

interface Packet {
  readonly protocol: number;
  readonly to: string;
  readonly port?: number;
  readonly mark?: number;
  readonly flags?: number;
}

/** A packet on its way through a rule. */
class Machine {
  readonly #packet: Packet;
  readonly #vips: readonly string[];
  readonly #headers: readonly [network: Uint8Array, transport: Uint8Array];
  readonly #registers = new Map<number, Uint8Array>();
  #diverted: string | undefined;

  constructor(packet: Packet, vips: readonly string[]) {
    this.#packet = packet;
    this.#vips = vips;
    const { to, port = 0, flags = 0 } = packet;
    const target = bytesOf(to);
    const network = joined([new Uint8Array(target.length === 4 ? 16 : 24), target]);
    this.#headers = [network, joined([be16(50_000), be16(port), new Uint8Array(9), Uint8Array.of(flags)])];
  }

  /** True: it goes on to the next expression, false: to the next rule; a text is what becomes of it. */
  run(name: string, data: ReadonlyMap<number, Uint8Array>): boolean | string {
    const number = (type: number) => Number.parseInt(hexOf(data.get(type)) || "0", 16);
    const value = (type: number) => hexOf(attributesIn(data.get(type) ?? new Uint8Array(), 0).get(1));
    const loaded = hexOf(this.#registers.get(1));
    if (name === "cmp") return (loaded === value(3)) === (number(2) === 0);
    if (name === "lookup") return this.#vips.some((one) => hexOf(bytesOf(one)) === loaded) === (number(5) === 0);
    if (name === "reject") return `reject ${number(1)} ${number(2)}`;
    if (name === "immediate" && number(1) === 0) return this.#diverted ?? "accept";
    if (name === "nat") return `to ${this.#address()}`;
    if (name === "queue" || name === "target") return "hold";
    if (name === "tproxy") this.#diverted = `to ${this.#address()} ${Number.parseInt(hexOf(this.#registers.get(2)), 16)}`;
    else this.#load(name, number, Buffer.from(value(name === "bitwise" ? 4 : 2), "hex"));
    return true;
  }

  #address(): string {
    return addressOfBytes([...(this.#registers.get(1) ?? [])]);
  }

  #load(name: string, number: (type: number) => number, value: Uint8Array): void {
    const loaded = this.#registers.get(1) ?? new Uint8Array();
    if (name === "meta") this.#registers.set(1, this.#meta(number(2)));
    else if (name === "payload")
      this.#registers.set(1, this.#headers[number(2) - 1]?.subarray(number(3), number(3) + number(4)) ?? loaded);
    else if (name === "bitwise")
      this.#registers.set(
        1,
        loaded.map((byte, at) => byte & (value[at] ?? 0)),
      );
    else if (name === "immediate") this.#registers.set(number(1), value);
    else assert.fail(`There is no expression ${name}`);
  }

  #meta(key: number): Uint8Array {
    const { protocol, to, mark = 0 } = this.#packet;
    if (key === 3) return be32(mark).reverse();
    return Uint8Array.of(key === 16 ? protocol : bytesOf(to).length === 4 ? 2 : 10);
  }
}

/** What a batch, as the only rules there are, makes of a packet. */
function verdictOf(batch: Batch, chain: string, packet: Packet): string {
  for (const { type, body } of batch.requests()) {
    const rule = attributesIn(joined(body), 4);
    if (type !== RULE || textOf(rule.get(2)) !== chain) continue;
    const machine = new Machine(packet, ["127.4.5.6", "127.7.7.7"]);
    let went: boolean | string = true;
    for (const expression of elementsOf(rule.get(4))) {
      const whole = attributesIn(expression, 0);
      if (went === true) went = machine.run(textOf(whole.get(1)), attributesIn(whole.get(2) ?? new Uint8Array(), 0));
    }
    if (typeof went === "string") return went;
  }
  return "end";
}

/** Values of a list, whose types are all the same. */
function elementsOf(list: Uint8Array = new Uint8Array()): Uint8Array[] {
  const lengthAt = (at: number) => (list[at] ?? 0) + (list[at + 1] ?? 0) * 256;
  const found: Uint8Array[] = [];
  for (let at = 0; at < list.length; at += (lengthAt(at) + 3) & ~3) found.push(list.subarray(at + 4, at + lengthAt(at)));
  return found;
}

const [DIVERTED4, DIVERTED6] = ["to 127.255.255.254 1", "to fd00::1 1"];
const refusal = (mark: keyof typeof MARK) => ({ protocol: TCP, to: "203.0.113.9", mark: MARK[mark] });

for (const [what, packet, wanted] of [
  ["TCP to another host's VIP", { protocol: TCP, to: "127.7.7.7" }, DIVERTED4],
  ["TCP to an address outside", { protocol: TCP, to: "203.0.113.9" }, DIVERTED4],
  ["TCP to an IPv6 address outside", { protocol: TCP, to: "2001:db8::9" }, DIVERTED6],
  ["TCP to the host's own VIP", { protocol: TCP, to: "127.4.5.6" }, "accept"],
  ["TCP to 127.0.0.1", { protocol: TCP, to: "127.0.0.1" }, "accept"],
  ["TCP to ::1", { protocol: TCP, to: "::1" }, "accept"],
  ["TCP to the host's own IPv6 address", { protocol: TCP, to: "fd00::1" }, "accept"],
  ["TCP that is refused", refusal("reset"), "accept"],
  ["UDP to an address outside", { protocol: UDP, to: "203.0.113.9" }, "accept"],
] as readonly (readonly [string, Packet, string])[]) {
  test(`${what} ${wanted === "accept" ? "is not diverted" : "is diverted to the agent"}`, () => {
    assert.equal(verdictOf(divertingRules(OWN, 1), "divert", packet), wanted);
  });
}

for (const [what, packet, wanted] of [
  ["TCP", { protocol: TCP, to: "203.0.113.9" }, "accept"],
  ["a held connection that is reset", refusal("reset"), "reject 1 0"],
  ["one without a route", refusal("noRoute"), "reject 2 0"],
  ["one to a port that is closed", refusal("port"), "reject 2 1"],
  ["one to a host that is not reached", refusal("host"), "reject 2 2"],
  ["one that is forbidden", refusal("denied"), "reject 2 3"],
  ["UDP to the host's own VIP", { protocol: UDP, to: "127.4.5.6" }, "accept"],
  ["UDP to 127.0.0.1", { protocol: UDP, to: "127.0.0.1" }, "accept"],
  ["UDP to ::1", { protocol: UDP, to: "::1" }, "accept"],
  ["UDP to another host's VIP", { protocol: UDP, to: "127.7.7.7" }, "reject 2 1"],
  ["UDP to an address outside", { protocol: UDP, to: "203.0.113.9" }, "reject 2 1"],
  ["UDP to an IPv6 address outside", { protocol: UDP, to: "2001:db8::9" }, "reject 2 1"],
  ["a ping of 127.0.0.1", { protocol: ICMP, to: "127.0.0.1" }, "accept"],
  ["a ping of an address outside", { protocol: ICMP, to: "203.0.113.9" }, "reject 2 2"],
  ["a ping of an IPv6 address outside", { protocol: ICMPV6, to: "2001:db8::9" }, "reject 2 2"],
] as readonly (readonly [string, Packet, string])[]) {
  test(`where it arrives, ${what} gets "${wanted}"`, () => {
    assert.equal(verdictOf(divertingRules(OWN, 1), "refuse", packet), wanted);
  });
}

for (const [what, packet, wanted] of [
  ["a question to a name server outside, by UDP", { protocol: UDP, to: "203.0.113.9", port: 53 }, "to 127.0.0.1"],
  ["a question to a name server outside, by TCP", { protocol: TCP, to: "203.0.113.9", port: 53 }, "to 127.0.0.1"],
  ["a question to the agent itself", { protocol: UDP, to: "127.0.0.1", port: 53 }, "end"],
  ["anything else by UDP", { protocol: UDP, to: "203.0.113.9", port: 54 }, "end"],
  ["a question by IPv6", { protocol: UDP, to: "2001:db8::9", port: 53 }, "end"],
] as readonly (readonly [string, Packet, string])[]) {
  test(`${what} ${wanted === "end" ? "stays as it is" : "goes to the agent's name server"}`, () => {
    assert.equal(verdictOf(nameRules(1), "names", packet), wanted);
  });
}

const first = (to: string, more: Partial<Packet> = {}): Packet => ({ protocol: TCP, to, port: 443, flags: SYN, ...more });

for (const [what, packet, isHeld] of [
  ["the first packet to another host's VIP", first("127.7.7.7"), true],
  ["the first packet to an address outside", first("203.0.113.9"), true],
  ["the first packet to an IPv6 address outside", first("2001:db8::9"), true],
  ["a first packet that also has ECN's flags", first("203.0.113.9", { flags: SYN | 0xc0 }), true],
  ["a first packet to a name server outside, by IPv6", first("2001:db8::9", { port: 53 }), true],
  ["the first packet to another host's port 53", first("127.7.7.7", { port: 53 }), true],
  ["a later packet", first("203.0.113.9", { flags: ACK }), false],
  ["an answer to a first packet", first("203.0.113.9", { flags: SYN_ACK }), false],
  ["a first packet that is decided about", first("203.0.113.9", { mark: MARK.reset }), false],
  ["UDP", first("203.0.113.9", { protocol: UDP }), false],
  ["a question to a name server outside", first("203.0.113.9", { port: 53 }), false],
  ["the first packet to the host's own VIP", first("127.4.5.6"), false],
  ["the first packet to 127.0.0.1", first("127.0.0.1"), false],
  ["the first packet to ::1", first("::1"), false],
] as const) {
  test(`${what} is ${isHeld ? "held" : "not held"}`, () => {
    for (const native of [false, true]) {
      const verdict = verdictOf(holdingRules(OWN, native, 1), "hold", packet);
      assert.equal(verdict === "hold", isHeld, verdict);
    }
  });
}

test("each refusal has a mark of its own, and none is that of packets without one", () => {
  const marks = Object.values(MARK);
  assert.equal(new Set([0, ...marks]).size, marks.length + 1);
});
