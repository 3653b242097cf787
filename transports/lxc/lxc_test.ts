// The lxc transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { meaningOf, toolSubject, wordsFor } from "../../tests/support/fake_tool.ts";
import { incusTransport, lxcTransport } from "./mod.ts";

conformTransport("lxc", () => toolSubject(lxcTransport, "web"));

test("settings become words of lxc, and of incus", async () => {
  assert.equal(await wordsFor(lxcTransport, "web"), "exec web --mode=non-interactive -- sh");
  const full = { instance: "far:web", user: "1000", project: "p" };
  assert.equal(await wordsFor(lxcTransport, full), "--project p exec far:web --mode=non-interactive --user 1000 -- sh");
  assert.equal(await wordsFor(incusTransport, "web"), "exec web --mode=non-interactive -- sh");
});

test("a user is a number", async () => {
  await assert.rejects(wordsFor(lxcTransport, { instance: "web", user: "nope" }), /a number was wanted/);
});

const CASES: readonly [meaning: string, code: number, stderr: string][] = [
  ["container-missing: There is no such instance", 1, "Error: Instance not found"],
  ["container-stopped: Instance is not running", 1, "Error: Instance is not running"],
  ["container-stopped: Instance is frozen", 1, "Error: Instance is frozen"],
  ["no-shell: Instance has no 'sh'", 127, "Error: Command not found"],
  ['settings-refused: There is no remote "nope"', 1, `Error: The remote "nope" doesn't exist`],
  ["not-logged-in: Not logged in to the LXD server", 1, "Error: Missing TLS client certificate and key"],
  [
    "access-denied: Not allowed to use LXD",
    1,
    'Error: Get "http://unix.socket/1.0": dial unix /var/lib/lxd/unix.socket: connect: permission denied',
  ],
  [
    "engine-down: No LXD server answers at /var/lib/lxd/unix.socket: no such file or directory",
    1,
    'Error: Get "http://unix.socket/1.0": dial unix /var/lib/lxd/unix.socket: connect: no such file or directory',
  ],
  ["engine-down: Connection to the LXD server was lost", 1, "Error: websocket: close 1006 (abnormal closure): unexpected EOF"],
];

test("what lxc says becomes a code and a sentence", async () => {
  for (const [meaning, code, stderr] of CASES) assert.equal(await meaningOf(lxcTransport, "web", { code, stderr }), meaning);
});
