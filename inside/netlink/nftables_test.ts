// Expressions, chains and sets of nftables are those that nft 1.0.6 sends for the same text. What is expected here was captured from it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FLAG, joined, type Request } from "./message.ts";
import {
  accept,
  Batch,
  divert,
  type Expression,
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
  redirect4,
  reject,
} from "./nftables.ts";

const HEADER_BYTES = 4;
const IS_NESTED = 0x8000;
const VIP = Uint8Array.of(10, 1, 2, 3);
const OTHER_VIP = Uint8Array.of(10, 1, 2, 4);
const LOOPBACK6 = Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0));

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** Attributes by their types, without some: their order means nothing to the kernel. */
type Tree = readonly (readonly [type: number, value: string | Tree])[];

function treeOf(bytes: Uint8Array, without: readonly number[] = []): Tree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: [number, string | Tree][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true);
    const value = bytes.subarray(at + 4, at + length);
    if (!without.includes(type)) found.push([type & ~IS_NESTED, type & IS_NESTED ? treeOf(value, without) : hexOf(value)]);
    at += (length + 3) & ~3;
  }
  return found.sort(([one], [other]) => one - other);
}

const META_FAMILY = "24000180090001006d6574610000000014000280080002000000000f0800010000000001";
const META_PROTOCOL = "24000180090001006d657461000000001400028008000200000000100800010000000001";
const META_MARK = "24000180090001006d657461000000001400028008000200000000030800010000000001";
const CMP = "2c00018008000100636d7000200002800800010000000001";
const EQUAL = "0800020000000000";
const UNEQUAL = "0800020000000001";
const PAYLOAD = "340001800c0001007061796c6f616400240002800800010000000001";
const IMMEDIATE = "2c0001800e000100696d6d656469617465000000180002800800010000000001";
const REJECT = "240001800b00010072656a656374000014000280";
const ACCEPT = "300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001";
const SECOND_PORT = "2c0001800e000100696d6d6564696174650000001800028008000100000000020c0002800600010000010000";

for (const [nft, ours, captured] of [
  ["meta nfproto ipv4", isFamily(2), [META_FAMILY, `${CMP}${EQUAL}0c0003800500010002000000`]],
  ["meta nfproto ipv6", isFamily(10), [META_FAMILY, `${CMP}${EQUAL}0c000380050001000a000000`]],
  ["meta l4proto tcp", isProtocol(6), [META_PROTOCOL, `${CMP}${EQUAL}0c0003800500010006000000`]],
  ["meta l4proto != tcp", isProtocol(6, false), [META_PROTOCOL, `${CMP}${UNEQUAL}0c0003800500010006000000`]],
  ["meta mark 0x1", hasMark(1), [META_MARK, `${CMP}${EQUAL}0c0003800800010001000000`]],
  ["meta mark != 0x0", hasMark(0, false), [META_MARK, `${CMP}${UNEQUAL}0c0003800800010000000000`]],
  [
    "ip daddr 10.1.2.3",
    goesTo4(VIP),
    [`${PAYLOAD}080002000000000108000300000000100800040000000004`, `${CMP}${EQUAL}0c000380080001000a010203`],
  ],
  [
    "ip daddr != 127.0.0.0/8",
    goesToLoopback4(false),
    [`${PAYLOAD}080002000000000108000300000000100800040000000001`, `${CMP}${UNEQUAL}0c000380050001007f000000`],
  ],
  [
    "ip6 daddr ::1",
    goesTo6(LOOPBACK6),
    [
      `${PAYLOAD}080002000000000108000300000000180800040000000010`,
      "3800018008000100636d70002c00028008000100000000010800020000000000180003801400010000000000000000000000000000000001",
    ],
  ],
  [
    "th dport 53",
    goesToPort(53),
    [`${PAYLOAD}080002000000000208000300000000020800040000000002`, `${CMP}${EQUAL}0c0003800600010000350000`],
  ],
  ["accept", [accept()], [ACCEPT]],
  [
    "tproxy ip to 127.255.255.254:1",
    divert(2, Uint8Array.of(127, 255, 255, 254), 1),
    [
      `${IMMEDIATE}0c000280080001007ffffffe`,
      SECOND_PORT,
      "2c0001800b0001007470726f787900001c000280080001000000000208000200000000010800030000000002",
    ],
  ],
  [
    "tproxy ip6 to [fd00::1]:1",
    divert(10, Uint8Array.of(0xfd, ...LOOPBACK6.subarray(1)), 1),
    [
      "380001800e000100696d6d6564696174650000002400028008000100000000011800028014000100fd000000000000000000000000000001",
      SECOND_PORT,
      "2c0001800b0001007470726f787900001c000280080001000000000a08000200000000010800030000000002",
    ],
  ],
  [
    "dnat ip to 127.0.0.1",
    redirect4(Uint8Array.of(127, 0, 0, 1)),
    [`${IMMEDIATE}0c000280080001007f000001`, "28000180080001006e6174001c000280080001000000000108000200000000020800030000000001"],
  ],
  ["reject with tcp reset", [reject("reset")], [`${REJECT}08000100000000010500020000000000`]],
  ["reject with icmpx no-route", [reject("noRoute")], [`${REJECT}08000100000000020500020000000000`]],
  ["reject with icmpx port-unreachable", [reject("port")], [`${REJECT}08000100000000020500020001000000`]],
  ["reject with icmpx host-unreachable", [reject("host")], [`${REJECT}08000100000000020500020002000000`]],
  ["reject with icmpx admin-prohibited", [reject("denied")], [`${REJECT}08000100000000020500020003000000`]],
  [
    "queue flags bypass to 1",
    [hold(1, true)],
    ["2c0001800a00010071756575650000001c000280060001000001000006000200000100000600030000010000"],
  ],
  // By iptables-nft 1.8.9.
  [
    "-j NFQUEUE --queue-num 1 --queue-bypass",
    [hold(1, false)],
    ["340001800b0001007461726765740000240002800c0001004e4651554555450008000200000000030c0003000100010001000000"],
  ],
] as readonly (readonly [string, readonly Expression[], readonly string[]])[]) {
  test(`${nft}`, () => {
    assert.deepEqual(
      ours.map((one) => treeOf(one)),
      captured.map((one) => treeOf(bytesOf(one))),
    );
    // nft writes the attributes of `meta` in another order.
    const inOrder = captured.map((one, at) => (one.includes("6d657461") ? hexOf(ours[at] ?? new Uint8Array()) : one));
    assert.deepEqual(ours.map(hexOf), inOrder);
  });
}

test("tcp flags & (fin|syn|rst|ack) == syn, without the kind of operation, of which nft sends the default", () => {
  const OPERATION = 6;
  const captured =
    "4c0001800c00010062697477697365003c00028008000100000000010800020000000001080006000000000008000300000000010c00048005000100170000000c0005800500010000000000";
  const [load, mask, compare] = isSyn() as [Expression, Expression, Expression];
  assert.equal(hexOf(load), `${PAYLOAD}0800020000000002080003000000000d0800040000000001`);
  assert.deepEqual(treeOf(mask), treeOf(bytesOf(captured), [OPERATION]));
  assert.equal(hexOf(compare), `${CMP}${EQUAL}0c0003800500010002000000`);
});

test("ip daddr != @vips, without the number that nft gives to a set of the same batch", () => {
  const SET_NUMBER = 4;
  const captured =
    "380001800b0001006c6f6f6b7570000028000280080002000000000109000100766970730000000008000400000000010800050000000001";
  const [load, lookup] = goesToSet4("vips", false) as [Expression, Expression];
  assert.equal(hexOf(load), `${PAYLOAD}080002000000000108000300000000100800040000000004`);
  assert.deepEqual(treeOf(lookup), treeOf(bytesOf(captured), [SET_NUMBER]));
});

test("ip daddr @vips has no inversion", () => {
  const INVERSION = 5;
  const [, isOther] = goesToSet4("vips", false) as [Expression, Expression];
  const [, isIn] = goesToSet4("vips") as [Expression, Expression];
  assert.deepEqual(treeOf(isIn), treeOf(isOther, [INVERSION]));
});

/** The attributes of the one request between the begin and the end of a batch. */
function onlyRequest(batch: Batch): { request: Request; family: string; tree: Tree } {
  const [, request, end] = batch.requests();
  assert.ok(request !== undefined && end?.type === 0x11);
  const body = joined(request.body);
  return { request, family: hexOf(body.subarray(0, HEADER_BYTES)), tree: treeOf(body.subarray(HEADER_BYTES)) };
}

const INET = "01000000";
const TABLE = "0d0001006e6f726f7574657200000000";

test("a table", () => {
  const { request, family, tree } = onlyRequest(new Batch("norouter", 0).table());
  assert.deepEqual([request.type, request.flags, family], [0x0a00, FLAG.ack | FLAG.create, INET]);
  assert.deepEqual(tree, treeOf(bytesOf(TABLE)));
});

for (const [type, hook, captured] of [
  ["filter", "prerouting", "0b00030064697665727400000b00070066696c746572000014000480080001000000000008000200ffffff6a"],
  ["filter", "output", "0b00030064697665727400000b00070066696c746572000014000480080001000000000308000200ffffff6a"],
  ["nat", "output", "0b0003006469766572740000080007006e61740014000480080001000000000308000200ffffff6a"],
] as const) {
  test(`a chain, type ${type} hook ${hook} priority -150, that accepts what comes to its end`, () => {
    const chain = { name: "divert", type, hook: HOOK[hook], priority: -150 };
    const { request, family, tree } = onlyRequest(new Batch("norouter", 0).chain(chain));
    assert.deepEqual([request.type, request.flags, family], [0x0a03, FLAG.ack | FLAG.create, INET]);
    const policy = "0800050000000001";
    assert.deepEqual(tree, treeOf(bytesOf(TABLE + captured + policy)));
  });
}

test("a set of IPv4 addresses, without a note that nft keeps for itself", () => {
  const NOTE = 13;
  const captured =
    "09000200766970730000000008000300000000000800040000000007080005000000000408000a00000000010a000d000004020000000000";
  const { request, family, tree } = onlyRequest(new Batch("norouter", 0).set4("vips"));
  assert.deepEqual([request.type, request.flags, family], [0x0a09, FLAG.ack | FLAG.create, INET]);
  assert.deepEqual(tree, treeOf(bytesOf(TABLE + captured), [NOTE]));
});

test("addresses that come into a set, and that go", () => {
  const set = "090002007669707300000000";
  const put = onlyRequest(new Batch("norouter", 0).put("vips", [VIP, OTHER_VIP]));
  assert.deepEqual([put.request.type, put.request.flags], [0x0a0c, FLAG.ack | FLAG.create]);
  const both = "24000380100001800c000180080001000a010203100001800c000180080001000a010204";
  assert.deepEqual(put.tree, treeOf(bytesOf(TABLE + set + both)));
  const taken = onlyRequest(new Batch("norouter", 0).take("vips", [OTHER_VIP]));
  assert.deepEqual([taken.request.type, taken.request.flags], [0x0a0e, FLAG.ack]);
  assert.deepEqual(taken.tree, treeOf(bytesOf(`${TABLE}${set}14000380100001800c000180080001000a010204`)));
});

test("a rule is added at the end of its chain, with its expressions in order", () => {
  const { request, tree } = onlyRequest(new Batch("norouter", 0).rule("divert", isProtocol(6), accept()));
  assert.deepEqual([request.type, request.flags], [0x0a06, FLAG.ack | FLAG.create | FLAG.append]);
  const expressions = joined([...isProtocol(6), accept()]);
  assert.deepEqual(tree, [...treeOf(bytesOf(TABLE)), [2, hexOf(bytesOf("64697665727400"))], [4, treeOf(expressions)]]);
});

test("more addresses than one request can hold are put by several, all of them in order", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => Uint8Array.of(127, 0, at >>> 8, at));
  const requests = new Batch("norouter", 0).put("vips", many).take("vips", many).requests().slice(1, -1);
  assert.deepEqual(
    requests.map(({ type }) => type),
    [0x0a0c, 0x0a0c, 0x0a0c, 0x0a0e, 0x0a0e, 0x0a0e],
  );
  const found = requests.flatMap(({ body }) => {
    const [, , [, elements] = []] = treeOf(joined(body).subarray(HEADER_BYTES));
    return (elements as Tree).map((element) => JSON.stringify(element));
  });
  const wanted = many.map((address) => JSON.stringify([1, [[1, [[1, hexOf(address)]]]]]));
  assert.deepEqual(found, [...wanted, ...wanted]);
});
