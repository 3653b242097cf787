// Settings of the SOCKS proxy that change while it runs: for new clients, for those in a handshake, for those within.

import assert from "node:assert/strict";
import { test } from "node:test";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { echoStream } from "../../conformance/lone_streams.ts";
import type { Json } from "../../core/mod.ts";
import { dial } from "../../tests/support/clients.ts";
import { addressOf, ownListen } from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { login5, openRaw, request5, socks5 } from "../../tests/support/socks_raw.ts";
import { accessOf } from "../support/access.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import { socksHost } from "./host.ts";

const ENTRANCE = { outside: "refuse" } as const;
const WEB = { host: "web", port: 8080 };
const OUTSIDE = { host: "example.test", port: 80 };
const GRANTED = "05000001000000000000";

/** The proxy alone; host 2 sends back what it gets. */
function start() {
  const lone = loneFrontEnd(frontEndOf(socksHost), {}, { dial: echoStream });
  const shows = (settings: ProxySettings | undefined) =>
    lone.show({ own: settings ? { socks: settings as unknown as Json } : {} }, { name: "web", vip: "127.0.42.2" });
  const told = () => lone.facts.map((fact) => `${fact.type.slice("frontend.".length)} ${"serves" in fact ? fact.serves : ""}`);
  return { ...lone, shows, told };
}

/** All that a client is answered with that says this and then ends. */
async function answerTo(listen: string, ...parts: number[][]): Promise<string> {
  const raw = await openRaw(addressOf(listen));
  raw.write(...parts);
  raw.socket.end();
  const answer = (await raw.rest()).toString("hex");
  raw.close();
  return answer;
}

test("a proxy that moves is served at its new place alone; connections through the old one go on", async () => {
  const { frontEnd, shows } = start();
  const [first, second] = [ownListen(), ownListen()];
  await shows({ ...ENTRANCE, listen: first });
  const within = await socks5(addressOf(first), WEB);
  const greeted = await openRaw(addressOf(first));
  greeted.write([5, 1, 0]);
  await greeted.read(2);
  await shows({ ...ENTRANCE, listen: second });
  await assert.rejects(dial(addressOf(first)), { code: "ECONNREFUSED" });
  within.write("still");
  assert.equal(String(await within.read(5)), "still");
  greeted.write(request5(WEB));
  assert.equal((await greeted.read(10)).toString("hex"), GRANTED);
  assert.equal((await socks5(addressOf(second), WEB)).code, 0);
  await frontEnd.stop();
});

test("a password that comes, changes and goes counts from the next handshake on, and for those that are in one", async () => {
  const { frontEnd, shows, told } = start();
  const port = await freePort("0.0.0.0");
  const [listen, at] = [`0.0.0.0:${port}`, `127.0.0.1:${port}`];
  const [old, now] = [await accessOf("me", "old"), await accessOf("me", "new")];
  const enter = (password: string) => answerTo(at, [5, 1, 2], login5("me", password), request5(WEB));
  await shows({ ...ENTRANCE, listen });
  const [chosen, guessed] = [await openRaw(addressOf(at)), await openRaw(addressOf(at))];
  chosen.write([5, 1, 0]);
  await chosen.read(2);
  guessed.write([5, 1, 2], login5("me", "anything"));
  await guessed.read(4);
  await shows({ ...ENTRANCE, listen, auth: old });
  for (const client of [chosen, guessed]) {
    client.write(request5(WEB));
    assert.equal((await client.rest()).toString("hex"), "05020001000000000000");
    client.close();
  }
  assert.equal(await answerTo(at, [5, 1, 0]), "05ff");
  assert.deepEqual([await enter("old"), await enter("new")], [`05020100${GRANTED}`, "05020101"]);
  await shows({ ...ENTRANCE, listen, auth: now });
  assert.deepEqual([await enter("old"), await enter("new")], ["05020101", `05020100${GRANTED}`]);
  await shows({ ...ENTRANCE, listen });
  assert.equal(await answerTo(at, [5, 1, 0], request5(WEB)), `0500${GRANTED}`);
  const open = "listening the SOCKS proxy, open to everybody who can reach it";
  assert.deepEqual(told(), [open, "listening the SOCKS proxy", open]);
  await frontEnd.stop();
});

test("'outside' that changes counts for clients in a handshake", async () => {
  const { frontEnd, shows } = start();
  const listen = ownListen();
  await shows({ ...ENTRANCE, listen, outside: "direct" });
  const client = await openRaw(addressOf(listen));
  client.write([5, 1, 0]);
  await client.read(2);
  await shows({ ...ENTRANCE, listen });
  client.write(request5(OUTSIDE));
  assert.equal((await client.rest()).toString("hex"), "05020001000000000000");
  client.close();
  await shows({ ...ENTRANCE, listen, outside: "direct" });
  const next = await socks5(addressOf(listen), OUTSIDE);
  assert.equal(next.code, 0);
  next.close();
  await frontEnd.stop();
});

test("a proxy that goes leaves no client in a handshake, and comes back; connections through it go on", async () => {
  const { frontEnd, shows, told } = start();
  const listen = ownListen();
  await shows({ ...ENTRANCE, listen });
  const within = await socks5(addressOf(listen), WEB);
  const greeted = await openRaw(addressOf(listen));
  greeted.write([5, 1, 0]);
  await greeted.read(2);
  await shows(undefined);
  assert.match(await greeted.ended, /FIN|ECONNRESET/);
  greeted.close();
  await assert.rejects(dial(addressOf(listen)), { code: "ECONNREFUSED" });
  within.write("still");
  assert.equal(String(await within.read(5)), "still");
  await shows({ ...ENTRANCE, listen });
  assert.equal((await socks5(addressOf(listen), WEB)).code, 0);
  const serves = "listening the SOCKS proxy";
  assert.deepEqual(told(), [serves, "closed ", serves]);
  await frontEnd.stop();
  assert.match(await within.ended, /FIN|ECONNRESET/);
});
