// What the log keeps of the built-in plugins' keys, by who may know it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { type Exposure, exposeHost, exposeRoute } from "../../core/mod.ts";
import { type Access, accessOf, mayEnter } from "../../plugins/support/access.ts";
import { KEYS } from "../support/builtin_keys.ts";

function parsed(keys: string, via = "a") {
  const text = `hosts: {a: {vip: 127.0.0.2, ${keys}}}\nroutes: [{to: ["*"], via: "${via}"}]`;
  const { manifest, diagnostics } = parseManifest(text, "m.yaml", KEYS);
  const [host] = manifest?.hosts ?? [];
  const [route] = manifest?.routes ?? [];
  assert.ok(host && route, JSON.stringify(diagnostics));
  return { host, route };
}

const exposed = (keys: string) => exposeHost(parsed(keys).host, KEYS.host);
const OFF = "loopback: {disable: true}, stateDir: {disable: true}";

test("what is on by default is known to its own host alone", () => {
  assert.deepEqual(exposed(""), {
    settings: {
      loopback: { own: {} },
      dns: { own: { listen: "127.0.0.1:10053" } },
      stateDir: { own: { pathOnAgent: "~/.norouter/agent" } },
    },
    secrets: {},
  });
  assert.deepEqual(exposed(OFF), { settings: {}, secrets: {} });
});

test("a host is known with what it serves, and without any password", async () => {
  const { settings, secrets } = await exposed(
    `${OFF}, http: {listen: "127.0.0.1:1", answerTimeout: 7, auth: {user: me, password: hush}}, ` +
      `socks: {listen: "unix:~/x", outside: refuse}, dns: {listen: "127.0.0.1:53", disable: false}, writeEtcHosts: true`,
  );
  const { auth, ...http } = (settings.http?.own ?? assert.fail()) as unknown as { readonly auth: Access };
  assert.deepEqual(http, { listen: "127.0.0.1:1", outside: "direct", answerTimeout: 7 });
  assert.equal(await mayEnter(auth, "me", "hush"), true);
  assert.deepEqual(
    { ...settings, http: undefined },
    {
      http: undefined,
      socks: { own: { listen: "unix:~/x", outside: "refuse" } },
      dns: { own: { listen: "127.0.0.1:53" } },
      writeEtcHosts: { own: {} },
    },
  );
  assert.doesNotMatch(JSON.stringify([settings, secrets]), /hush/);
});

test("an unchanged password keeps its salt; a draft makes none", async () => {
  const keys = `${OFF}, http: {listen: "127.0.0.1:1", auth: {user: me, password: hush}}`;
  const { host } = parsed(keys);
  const auth = await accessOf("me", "hush");
  const before = { http: { own: { listen: "127.0.0.1:9", auth: { ...auth } } } };
  const again = await exposeHost(host, KEYS.host, { before });
  assert.deepEqual(again.settings.http?.own, { listen: "127.0.0.1:1", outside: "direct", auth });
  const draft = exposeHost(host, KEYS.host, { draft: true }) as Exposure;
  assert.deepEqual(draft.settings.http?.own, {
    listen: "127.0.0.1:1",
    outside: "direct",
    auth: { user: "me", salt: "", hash: "" },
  });
});

const UPSTREAMS: readonly (readonly [url: string, shown: string])[] = [
  ["socks5://me:hush@proxy.example.com:1080", "socks5://me@proxy.example.com:1080"],
  ["socks5h://proxy:1080/", "socks5h://proxy:1080"],
  ["socks4a://me@[::1]:1080", "socks4a://me@[::1]:1080"],
  ["socks5://:hush@p", "socks5://p"],
];

for (const [url, shown] of UPSTREAMS) {
  test(`the proxy ${url.replace("hush", "...")} is shown without its password, and kept with it`, () => {
    assert.deepEqual(exposeRoute(parsed(OFF, url).route, KEYS.route), {
      settings: { upstream: { own: { url: shown } } },
      secrets: { upstream: url },
    });
  });
}
