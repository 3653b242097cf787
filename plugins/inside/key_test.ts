// The key `inside`: what it gives a host, which hosts have it, and what such a host does not do because its agent is elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf } from "../../core/admission.ts";
import { parseManifest } from "../../core/manifest/mod.ts";
import { exposeHost, type HostSpec } from "../../core/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";

const read = (...hosts: string[]) =>
  parseManifest(`hosts:\n${hosts.map((host, at) => `  h${at}: { ${host} }\n`).join("")}`, "m.yaml", KEYS);

/** Each finding with its line and hint. */
const findings = (...hosts: string[]) =>
  read(...hosts).diagnostics.map(
    ({ severity, line, column, message, hint }) => `${severity} ${line}:${column} ${message}${hint ? ` | ${hint}` : ""}`,
  );

/** The first of these hosts, about which nothing is found. */
function hostOf(...hosts: string[]): HostSpec {
  const { manifest, diagnostics } = read(...hosts);
  assert.deepEqual(diagnostics, []);
  return manifest?.hosts[0] ?? assert.fail("no host was read");
}

const PROGRAM = "vip: 127.0.42.101, exec: [ls]";
const SOCKET = "vip: 127.0.42.101, agentSocket: /run/agent.sock";
const DEFAULTS = { outside: "direct", publish: "auto" };

test("a host that runs a program inside has the defaults, whichever way leads to its agent; no other host has any", () => {
  for (const way of [PROGRAM, SOCKET]) assert.deepEqual(hostOf(way).keys.inside, DEFAULTS);
  for (const way of ["vip: 127.0.42.101", "vip: 127.0.42.101, cmd: [web]"]) assert.ok(!("inside" in hostOf(way).keys), way);
  assert.deepEqual(hostOf(`${PROGRAM}, inside: { outside: none }`).keys.inside, { outside: "none", publish: "auto" });
  assert.deepEqual(hostOf(`${SOCKET}, inside: { outside: routes, publish: none }`).keys.inside, {
    outside: "routes",
    publish: "none",
  });
});

test("a host that 'exec' does not start may not have it", () => {
  for (const way of ["vip: 127.0.42.101", "vip: 127.0.42.101, cmd: [web]"]) {
    const [finding = "", ...more] = findings(PROGRAM, `${way.replace("101", "102")}, inside: { publish: none }`);
    assert.match(
      finding,
      /^error 3:\d+ Host 'h1' has 'inside', but 'exec' does not start it \| Leave 'inside' out, or start a program with 'exec'$/,
    );
    assert.deepEqual(more, []);
  }
});

test("what is not known of it is refused, with what was likely meant", () => {
  const said = (inside: string) => findings(`${PROGRAM}, inside: ${inside}`).map((one) => one.replace(/ \d+:\d+/, ""));
  assert.deepEqual(said("{ outside: rotues }"), [
    "error 'inside.outside' is 'rotues', 'direct' or 'routes' or 'none' was wanted | Did you mean 'routes'?",
  ]);
  assert.deepEqual(said("{ publish: all }"), ["error 'inside.publish' is 'all', 'auto' or 'none' was wanted"]);
  assert.deepEqual(said("{ otuside: none }"), ["error 'inside.otuside' is not known | Did you mean 'outside'?"]);
});

test("the host alone knows of it; addresses, names and files of its own it has none", () => {
  for (const way of [PROGRAM, SOCKET]) {
    assert.deepEqual(exposeHost(hostOf(way), KEYS.host), { settings: { inside: { own: DEFAULTS } }, secrets: {} });
    const asked = "loopback: { disable: false }, dns: { disable: false }, stateDir: { disable: false }";
    assert.deepEqual(exposeHost(hostOf(`${way}, ${asked}`), KEYS.host), {
      settings: { inside: { own: DEFAULTS } },
      secrets: {},
    });
  }
});

test("it publishes what it finds unless it is told not to", () => {
  const publishes = (host: string) => admissionOf(hostOf(host), {}, KEYS.host).publishes;
  assert.deepEqual([PROGRAM, SOCKET, `${PROGRAM}, inside: { publish: none }`, "vip: 127.0.42.101, cmd: [web]"].map(publishes), [
    true,
    true,
    undefined,
    undefined,
  ]);
});

test("VIPs that cannot be listened on are no fault where programs inside alone would listen", () => {
  const elsewhere = "vip: 10.0.0.9, cmd: [web], loopback: { disable: true }, ports: ['80:127.0.0.1:80']";
  assert.deepEqual(findings(PROGRAM, elsewhere), []);
  assert.notDeepEqual(findings("vip: 127.0.42.101, cmd: [api]", elsewhere), [], "another host does listen");
});
