// Services in a manifest: what they come to, what is wrong with them, and that they are printed as they read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest, printManifest } from "../../core/manifest/mod.ts";

const HOSTS = `hosts:
  local: { vip: 127.0.42.100 }
  api1: { vip: 127.0.42.101, cmd: a, ports: ["8080:127.0.0.1:80", "81:127.0.0.1:81"] }
  api2: { vip: 127.0.42.102, cmd: b, ports: ["9090:127.0.0.1:90", "8080:127.0.0.1:80"] }
`;
const read = (services: string, more = "") => parseManifest(`${HOSTS}services: ${services}\n${more}`, "net.yaml");
const serviceOf = (text: string) => {
  const { manifest, diagnostics } = read(`{ api: ${text} }`);
  assert.deepEqual(diagnostics, []);
  if (!manifest) assert.fail("there is no manifest");
  const reread = parseManifest(printManifest(manifest), "printed.yaml");
  assert.deepEqual(reread.manifest?.services, manifest.services, "it is printed as it reads");
  return manifest.services?.[0] ?? assert.fail();
};
const wrong = (text: string, more?: string) => {
  const { manifest, diagnostics } = read(text.startsWith("{ ") ? `{ api: ${text} }` : text, more);
  assert.equal(manifest, undefined, text);
  return diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
};

test("defaults: turns, the ports that all hosts publish, no checks", () => {
  assert.deepEqual(serviceOf("{ vip: 127.0.42.110, hosts: [api1, 127.0.42.102] }"), {
    name: "api",
    vip: "127.0.42.110",
    hosts: ["api1", "api2"],
    policy: "round-robin",
    ports: [8080],
    aliases: [],
    sticky: false,
    max: undefined,
    health: undefined,
  });
});

test("all that can be said", () => {
  const text =
    "{ vip: 127.0.42.110, hosts: [api2, API1], policy: first, ports: [8080], aliases: [API.example.com.], sticky: true, max: 3, health: { path: /healthz, every: 1.5s, timeout: 500ms, rise: 2, fall: 3 } }";
  assert.deepEqual(serviceOf(text), {
    name: "api",
    vip: "127.0.42.110",
    hosts: ["api2", "api1"],
    policy: "first",
    ports: [8080],
    aliases: ["api.example.com"],
    sticky: true,
    max: 3,
    health: { port: 8080, path: "/healthz", everyMs: 1500, timeoutMs: 500, rise: 2, fall: 3 },
  });
  const { health } = serviceOf('{ vip: 127.0.42.110, hosts: [api1], health: { command: "pg_isready -q" } }');
  assert.deepEqual(health, { port: 8080, command: "pg_isready -q", everyMs: 5000, timeoutMs: 2000, rise: 1, fall: 2 });
});

test("hosts that are unknown or there twice, and none", () => {
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api3, api1, 127.0.42.101] }"), [
    "'hosts' has 'api3', the name or VIP of a host was wanted",
    "Host 'api1' is in the service twice",
  ]);
  assert.match(wrong("{ vip: 127.0.42.110, hosts: [] }")[0] ?? "", /empty list/);
  assert.match(wrong("{ vip: 127.0.42.110 }")[0] ?? "", /has no 'hosts'/);
});

test("ports that some host does not publish, and none that all do", () => {
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api1, api2], ports: [81, 8080] }"), [
    "Port 81 is not published by 'api2'",
  ]);
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api1, local] }"), [
    "Service 'api' has no port: there is none that all its hosts publish",
  ]);
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api1, api2], health: { port: 81 } }"), [
    "Port 81 is not published by 'api2'",
  ]);
});

test("names and VIPs that somebody has", () => {
  assert.deepEqual(
    wrong("{ vip: 127.0.42.101, hosts: [api1], aliases: [LOCAL] }"),
    [
      "VIP '127.0.42.101' of service 'api' is already that of host 'api1' on line 3",
      "Alias 'LOCAL' is already a name of host 'local' on line 2",
    ].map((text) => text.replace("'LOCAL'", "'local'")),
  );
  assert.deepEqual(wrong("{ api1: { vip: 127.0.42.110, hosts: [api2] } }".replace("{ api1", "{api1")), [
    "Service name 'api1' is already a name of host 'api1' on line 3",
  ]);
});

test("checks that are two in one, and a route through a service", () => {
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api1], health: { path: /, command: x } }"), [
    "'health' has both 'path' and 'command', one was wanted",
  ]);
  assert.match(wrong("{ vip: 127.0.42.110, hosts: [api1], health: { every: 5 } }")[0] ?? "", /'every'|health.every/);
  assert.match(wrong("{ vip: 127.0.42.110, hosts: [api1], health: { path: healthz } }")[0] ?? "", /'health.path' is not valid/);
  assert.deepEqual(wrong("{ vip: 127.0.42.110, hosts: [api1] }", "routes: [{ to: [10.0.0.0/8], via: api }]"), [
    "'via' is the service 'api', a host was wanted",
  ]);
});
