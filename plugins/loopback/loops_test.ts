// Targets that lead back to their own port, however the address is written, and those that only look like it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";

/** `host port` of each loop that is found, or the whole message of anything else. */
function loops(text: string): string[] {
  return parseManifest(text, "m.yaml", KEYS).diagnostics.map(({ message, line }) => {
    const [, port, start] = /^Target of port (\d+) leads back to (\S+:\d+), which is this port itself/.exec(message) ?? [];
    return port === undefined ? message : `line ${line}: ${start}`;
  });
}

const host = (vip: string, ports: readonly string[], more = "") =>
  `  ${vip === "127.0.0.1" ? "one" : "two"}: {vip: ${vip}, ports: ${JSON.stringify(ports)}${more}}\n`;

test("a target that is the own VIP is found in each way to write it", () => {
  for (const target of ["127.0.0.2", "[::ffff:127.0.0.2]"])
    assert.deepEqual(loops(`hosts:\n${host("127.0.0.2", [`80:${target}:80`])}`), ["line 2: 127.0.0.2:80"], target);
  for (const target of ["127.0.0.1", "localhost", "0.0.0.0", "LOCALHOST"])
    assert.deepEqual(loops(`hosts:\n${host("127.0.0.1", [`80:${target}:80`])}`), ["line 2: 127.0.0.1:80"], target);
});

test("a name is that of a VIP where the host writes names to /etc/hosts", () => {
  for (const name of ["two", "TWO", "db"]) {
    const more = ", aliases: [db]";
    assert.deepEqual(loops(`hosts:\n${host("127.0.0.2", [`80:${name}:80`], more)}`), [], name);
    const text = `hosts:\n${host("127.0.0.2", [`80:${name}:80`], `${more}, writeEtcHosts: true`)}`;
    assert.deepEqual(loops(text), ["line 2: 127.0.0.2:80"], name);
  }
});

test("ports of hostTemplate are found too, and told once", () => {
  const template = `hostTemplate: {ports: ["80:127.0.0.2:81", "81:127.0.0.1:80"]}\n`;
  const text = `${template}hosts:\n${host("127.0.0.1", [])}${host("127.0.0.2", [])}`;
  assert.deepEqual(loops(text), ["line 1: 127.0.0.1:80", "line 1: 127.0.0.2:81"]);
  const told = parseManifest(text, "m.yaml", KEYS).diagnostics.map(({ message, column }) => [
    column,
    message.split(" of ").at(-1),
  ]);
  assert.deepEqual(told, [
    [24, "host 'one'"],
    [43, "host 'two'"],
  ]);
});

test("what only looks like a loop is none: another port, another host's address, a host that does not listen on VIPs", () => {
  for (const text of [
    host("127.0.0.2", ["80:127.0.0.1:80", "81:127.0.0.2:8081", "82:localhost:82", "83:[::1]:83", "84:0.0.0.0:84"]),
    host("127.0.0.1", ["80:127.0.0.2:80", "81:[::1]:81", "82:[::]:82"]),
    host("127.0.0.2", ["80:127.0.0.2:80"], ", loopback: {disable: true}"),
  ])
    assert.deepEqual(loops(`hosts:\n${text}`), [], text);
});
