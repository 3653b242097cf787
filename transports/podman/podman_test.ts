// The podman transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { meaningOf, toolSubject, wordsFor } from "../../tests/support/fake_tool.ts";
import { podmanTransport } from "./mod.ts";

conformTransport("podman", () => toolSubject(podmanTransport, "web"));

test("settings become words of podman", async () => {
  assert.equal(await wordsFor(podmanTransport, "web"), "exec -i web sh");
  assert.equal(
    await wordsFor(podmanTransport, { container: "api", user: "root", connection: "far" }),
    "--connection far exec -i --user root api sh",
  );
  assert.equal(
    await wordsFor(podmanTransport, { container: "api", url: "ssh://far" }),
    "--remote --url ssh://far exec -i api sh",
  );
});

const CASES: readonly [meaning: string, code: number, stderr: string][] = [
  ['container-missing: There is no container "web"', 125, 'Error: no container with name or ID "web" found: no such container'],
  [
    "container-stopped: Container is not running",
    255,
    "Error: can only create exec sessions on running containers: container state improper",
  ],
  [
    "container-stopped: Container ended",
    255,
    "Error: retrieving exec session 23eb exit code: exec died event for session 23eb (container cb44) not found",
  ],
  [
    "no-shell: Container has no 'sh'",
    127,
    'Error: runc: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found',
  ],
  [
    "no-shell: Container has no 'sh'",
    127,
    "Error: crun: executable file `sh` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found",
  ],
  [
    "out-of-memory: Container is at its limit of memory or processes: no program can be started in it",
    255,
    "Error: OCI runtime error: runc: exec failed: unable to start container process: read init-p: connection reset by peer",
  ],
  ['access-denied: Container has no user "nope"', 255, "Error: unable to find user nope: no matching entries in passwd file"],
  [
    "engine-down: No podman service answers: unix /run/none.sock: connect: no such file or directory",
    125,
    'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`\nError: unable to connect to Podman socket: Get "http://d/v4.3.1/libpod/_ping": dial unix /run/none.sock: connect: no such file or directory',
  ],
  [
    'settings-refused: There is no podman connection "nope"',
    125,
    'Error: failed to resolve active destination: "nope" service destination not found',
  ],
];

test("what podman says becomes a code and a sentence", async () => {
  for (const [meaning, code, stderr] of CASES) assert.equal(await meaningOf(podmanTransport, "web", { code, stderr }), meaning);
});
