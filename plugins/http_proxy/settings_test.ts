// Settings of the HTTP proxy that change while it runs: for new clients, and for those that are there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { echoStream } from "../../conformance/lone_streams.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Json } from "../../core/mod.ts";
import { dial } from "../../tests/support/clients.ts";
import { addressOf, ownListen } from "../../tests/support/entered_network.ts";
import { type RawClient, rawClient } from "../../tests/support/http_raw.ts";
import { accessOf } from "../support/access.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import { httpProxyHost } from "./host.ts";

const ENTRANCE = { outside: "refuse" } as const;
const WEB = { name: "web", vip: "127.0.42.2" };

/** The proxy alone; host 2 sends back what it gets. */
function start() {
  const dialled: string[] = [];
  const lone = loneFrontEnd(
    frontEndOf(httpProxyHost),
    {},
    {
      dial: (host, target) => {
        dialled.push(`${host.name} ${target.kind}`);
        return echoStream();
      },
    },
  );
  const shows = (settings: ProxySettings | undefined) =>
    lone.show({ own: settings ? { http: settings as unknown as Json } : {} }, WEB);
  const told = () => lone.facts.map(({ type, address }) => `${type.slice("frontend.".length)} ${address}`);
  return { ...lone, shows, told, dialled };
}

/** A client that asks again and again on one connection, and reads the status of each answer. */
async function asking(listen: string) {
  const client = await rawClient(addressOf(listen));
  let answers = 0;
  const status = async (login?: string) => {
    const auth = login === undefined ? "" : `Proxy-Authorization: Basic ${Buffer.from(login).toString("base64")}\r\n`;
    client.send(`GET http://example.test/ HTTP/1.1\r\nHost: example.test\r\n${auth}\r\n`);
    answers += 1;
    const lines = () => [...client.text().matchAll(/^HTTP\/1\.1 (\d+) /gm)];
    await waitFor(() => lines().length === answers, { what: "an answer", everyMs: 1 });
    return Number(lines().at(-1)?.[1]);
  };
  return { client, status };
}

/** A connection to host 2 by CONNECT. */
async function tunnelled(listen: string): Promise<RawClient> {
  const client = await rawClient(addressOf(listen));
  client.send("CONNECT web:8080 HTTP/1.1\r\nHost: web:8080\r\n\r\n");
  await client.until("\r\n\r\n");
  return client;
}

test("a proxy that moves is served at its new place alone; clients of the old one go on", async () => {
  const { frontEnd, shows, told } = start();
  const [first, second] = [ownListen(), ownListen()];
  await shows({ ...ENTRANCE, listen: first });
  const { client, status } = await asking(first);
  assert.equal(await status(), 403);
  const tunnel = await tunnelled(first);
  await shows({ ...ENTRANCE, listen: second });
  assert.deepEqual(told(), [`listening ${first}`, `closed ${first}`, `listening ${second}`]);
  await assert.rejects(dial(addressOf(first)), { code: "ECONNREFUSED" });
  assert.equal(await status(), 403);
  tunnel.send("still here");
  await tunnel.until("still here");
  (await tunnelled(second)).close();
  await frontEnd.stop();
  for (const one of [client, tunnel]) await one.untilEnd();
});

test("a password that comes, changes and goes counts from the next request on, on kept connections too", async () => {
  const { frontEnd, shows, facts } = start();
  const listen = ownListen();
  const [old, now] = [await accessOf("me", "old"), await accessOf("me", "new")];
  await shows({ ...ENTRANCE, listen });
  const { client, status } = await asking(listen);
  assert.equal(await status(), 403);
  await shows({ ...ENTRANCE, listen, auth: old });
  assert.deepEqual([await status(), await status("me:old"), await status("me:new")], [407, 403, 407]);
  await shows({ ...ENTRANCE, listen, auth: now });
  assert.deepEqual([await status("me:old"), await status("me:new")], [407, 403]);
  await shows({ ...ENTRANCE, listen, auth: { ...now, hash: "" } });
  assert.equal(await status("me:new"), 407);
  await shows({ ...ENTRANCE, listen });
  assert.equal(await status(), 403);
  client.close();
  assert.equal(facts.length, 1);
  await frontEnd.stop();
});

test("'outside' that changes counts from the next request on", async () => {
  const { frontEnd, shows, dialled } = start();
  const listen = ownListen();
  await shows({ ...ENTRANCE, listen });
  const { client, status } = await asking(listen);
  assert.equal(await status(), 403);
  await shows({ ...ENTRANCE, listen, outside: "direct" });
  assert.equal(await status(), 502); // what comes back is no answer
  assert.deepEqual(dialled, ["host1 address"]);
  await shows({ ...ENTRANCE, listen });
  assert.equal(await status(), 403);
  client.close();
  await frontEnd.stop();
});

test("a proxy that goes leaves no client that waits, and comes back; tunnels go on", async () => {
  const { frontEnd, shows, told } = start();
  const listen = ownListen();
  await shows({ ...ENTRANCE, listen });
  const { client, status } = await asking(listen);
  assert.equal(await status(), 403);
  const silent = await rawClient(addressOf(listen));
  const tunnel = await tunnelled(listen);
  await shows(undefined);
  for (const one of [client, silent]) await one.untilEnd();
  await assert.rejects(dial(addressOf(listen)), { code: "ECONNREFUSED" });
  tunnel.send("still here");
  await tunnel.until("still here");
  await shows({ ...ENTRANCE, listen });
  assert.equal(await (await asking(listen)).status(), 403);
  assert.deepEqual(told(), [`listening ${listen}`, `closed ${listen}`, `listening ${listen}`]);
  await frontEnd.stop();
  await tunnel.untilEnd();
});
