// Code of others between a manager and a host: whole or not at all, checked by its hash, and never more than was announced.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CodeClient, CodeServer } from "./part_code.ts";
import type { CodeLoader, HostCode } from "./plugin/host_code.ts";
import { type Code, decodeAgentMessage, encodeControl, type WantCode } from "./wire/control.ts";
import { decodeManagerMessage } from "./wire/manager_message.ts";

function codeOf(size: number): HostCode {
  const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff);
  return { hash: createHash("sha256").update(bytes).digest("hex"), bytes };
}

/** A host and its manager; `change` may damage what comes. */
function link(code: readonly HostCode[], change: (answer: Code) => Code = (answer) => answer, loader: Partial<CodeLoader> = {}) {
  const server = new CodeServer(code);
  const asked: WantCode[] = [];
  const loaded: HostCode[] = [];
  const client: CodeClient = new CodeClient({
    limits: { codeBytes: 1_000_000 },
    loader: {
      load: async (one) => {
        loaded.push(one);
        return "part";
      },
      ...loader,
    },
    send(message) {
      asked.push(message);
      const heard = decodeAgentMessage(encodeControl(message)) as WantCode;
      const answer = decodeManagerMessage(encodeControl(change(server.answer(heard)))) as Code;
      queueMicrotask(() => client.receive(answer));
    },
  });
  const load = ({ hash, bytes }: HostCode) => client.load({ hash, bytes: bytes.length });
  return { client, server, asked, loaded, load };
}

test("code of any size arrives whole, a bounded piece at a time", async () => {
  for (const size of [0, 1, 24 * 1024, 24 * 1024 + 1, 200_000]) {
    const code = codeOf(size);
    const { load, loaded, asked } = link([codeOf(5), code]);
    assert.equal(await load(code), "part");
    assert.deepEqual(loaded, [code]);
    assert.equal(asked.length, Math.ceil(size / (24 * 1024)));
  }
});

test("two at once do not get in each other's way", async () => {
  const [a, b] = [codeOf(100_000), codeOf(90_000)];
  const { load, loaded } = link([a, b]);
  await Promise.all([load(a), load(b)]);
  assert.deepEqual(new Set(loaded.map(({ hash }) => hash)), new Set([a.hash, b.hash]));
});

test("code that two parts want at once is asked for once, and both get it", async () => {
  const code = codeOf(100_000);
  const { load, loaded, asked } = link([code]);
  assert.deepEqual(await Promise.all([load(code), load(code)]), ["part", "part"]);
  assert.deepEqual(loaded, [code, code]);
  assert.equal(asked.length, Math.ceil(100_000 / (24 * 1024)));
});

test("what arrives changed, was announced larger than the limit, or is not there is refused", async () => {
  const code = codeOf(1000);
  const changed = link([code], (answer) => ({ ...answer, data: btoa("x".repeat(1000)) }));
  await assert.rejects(changed.load(code), { code: "plugin-invalid", message: /arrived changed/ });
  assert.equal(changed.loaded.length, 0);
  const { client, asked, load } = link([]);
  await assert.rejects(client.load({ hash: code.hash, bytes: 1_000_001 }), { code: "plugin-invalid", message: /1000001 bytes/ });
  assert.equal(asked.length, 0);
  await assert.rejects(load(code), { code: "plugin-invalid", message: /the manager has none/ });
  const without = new CodeClient({ limits: { codeBytes: 1000 }, loader: undefined, send: () => assert.fail("it asked") });
  await assert.rejects(without.load({ hash: code.hash, bytes: 1 }), { code: "plugin-invalid", message: /does not run/ });
});

test("code that is kept is not asked for, unless it was changed there", async () => {
  const code = codeOf(1000);
  const kept: HostCode[] = [];
  const keep = async (one: HostCode) => void kept.push(one);
  const there = link([], undefined, { kept: async () => code.bytes, keep });
  await there.load(code);
  assert.deepEqual([there.asked, there.loaded, kept], [[], [code], []]);
  const damaged = link([code], undefined, { kept: async () => codeOf(999).bytes, keep });
  await damaged.load(code);
  assert.deepEqual([damaged.asked.length, damaged.loaded, kept], [1, [code], [code]]);
});

test("a piece that was not asked for, or goes beyond the end, is out of place", async () => {
  const code = codeOf(1000);
  const piece: Code = { type: "code", hash: code.hash, from: 0, data: "" };
  const { client } = link([code]);
  assert.throws(() => client.receive(piece), { code: "malformed-frame" });
  const waiting = new CodeClient({ limits: { codeBytes: 1000 }, loader: { load: async () => 1 }, send: () => undefined });
  const loaded = waiting.load({ hash: code.hash, bytes: 1000 });
  await new Promise(setImmediate);
  for (const wrong of [{ from: 1 }, { hash: "0" }, { data: "?" }, { data: btoa("x".repeat(1001)) }])
    assert.throws(() => waiting.receive({ ...piece, data: btoa("x"), ...wrong }), { code: "malformed-frame" });
  waiting.stop();
  await assert.rejects(loaded, { code: "link-lost" });
});

test("a host cannot ask for ever", () => {
  const code = codeOf(100);
  const server = new CodeServer([code]);
  let answers = 0;
  const ask = () => {
    for (; answers < 1000; answers += 1) server.answer({ type: "want-code", hash: code.hash, from: 0 });
  };
  assert.throws(ask, { code: "flow-violation" });
  assert.ok(answers >= 4 && answers < 40, `${answers}`);
});
