// The docker transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { meaningOf, toolSubject, wordsFor } from "../../tests/support/fake_tool.ts";
import { dockerTransport } from "./mod.ts";

conformTransport("docker", () => toolSubject(dockerTransport, "web"));

test("settings become words of docker", async () => {
  assert.equal(await wordsFor(dockerTransport, "web"), "exec -i web sh");
  const full = { container: "api", user: "root", context: "remote", host: "ssh://build" };
  assert.equal(await wordsFor(dockerTransport, full), "--host ssh://build exec -i --user root api sh");
  assert.equal(await wordsFor(dockerTransport, { container: "api", context: "remote" }), "--context remote exec -i api sh");
});

const OCI = "OCI runtime exec failed: exec failed: unable to start container process:";
const ENDED_AT_ONCE =
  "engine-down: Docker engine cannot be reached: the ssh that docker starts ended at once; start it by hand to read why";
const CASES: readonly [meaning: string, code: number, stderr: string, stdout?: string][] = [
  ['container-missing: There is no container "web"', 1, "Error: No such container: web"],
  ['container-missing: There is no container "web"', 1, "Error response from daemon: No such container: web"],
  ["container-stopped: Container is not running", 1, "Error response from daemon: Container b75b7c9f25 is not running"],
  [
    "container-stopped: Container is paused; 'docker unpause' lets it go on",
    1,
    "Error response from daemon: Container web is paused, unpause the container before exec",
  ],
  ["no-shell: Container has no 'sh'", 126, "", `${OCI} exec: "sh": executable file not found in $PATH: unknown`],
  [
    "out-of-memory: Container is at its limit of memory or processes: no program can be started in it",
    126,
    "",
    `${OCI} read init-p: connection reset by peer: unknown`,
  ],
  ['access-denied: Container has no user "nope"', 126, "", "unable to find user nope: no matching entries in passwd file"],
  [
    "access-denied: Not allowed to use the docker engine",
    1,
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: connect: permission denied",
  ],
  [
    "engine-down: No docker engine answers at tcp://127.0.0.1:1",
    1,
    "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
  ],
  ['settings-refused: There is no docker context "nope"', 1, 'unable to resolve docker endpoint: context "nope" does not exist'],
  [
    'settings-refused: There is no docker context "nope"',
    1,
    'Failed to initialize: unable to resolve docker endpoint: context "nope": context not found: open /root/.docker/contexts',
  ],
  [
    "engine-down: Docker engine cannot be reached: ssh: connect to host 127.0.0.1 port 1: Connection refused",
    1,
    'error during connect: Get "http://docker.example.com/v1.24/containers/web/json": command [ssh] has exited with exit status 255, please make sure the URL is valid: stderr=ssh: connect to host 127.0.0.1 port 1: Connection refused',
  ],
  [ENDED_AT_ONCE, 1, 'error during connect: Get "http://docker.example.com/v1.50/containers/web/json": write |1: broken pipe'],
  [
    ENDED_AT_ONCE,
    1,
    'error during connect: Get "http://docker.example.com/v1.50/containers/web/json": write |1: file already closed',
  ],
];

test("what docker says becomes a code and a sentence", async () => {
  for (const [meaning, code, stderr, stdout] of CASES) {
    assert.equal(await meaningOf(dockerTransport, "web", { code, stderr, ...(stdout ? { stdout } : {}) }), meaning);
  }
});
