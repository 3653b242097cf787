// The docker transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { type HostSpec, registerPlugins } from "../../core/mod.ts";
import { meaningOf, toolSubject, transportOf, wordsFor } from "../../tests/support/fake_tool.ts";
import { dockerTransport } from "./mod.ts";

conformTransport("docker", () => toolSubject(dockerTransport, "web"));

test("the way is shown with where the agent runs", () => {
  const shown = (settings: object) => transportOf(dockerTransport).describe({ docker: { container: "web", ...settings } });
  const ways = [{}, { enter: "network" }, { enter: "network", nsenter: true }].map(shown);
  assert.deepEqual(ways, ["docker exec -i web", "docker run --network container:web", "nsenter --net (web)"]);
});

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
  [
    "container-stopped: Container is not running",
    125,
    "docker: Error response from daemon: cannot join network namespace of a non running container: container web is exited",
  ],
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

const IMAGE = { image: "web", command: ["serve"] };

test("a container that is made has a name of its own, and what it is made of is not shown", async () => {
  const words = /^exec -i (norouter-web-[0-9a-f]{8}) sh$/.exec(await wordsFor(dockerTransport, IMAGE));
  assert.notEqual(words, null);
  const { describe } = transportOf(dockerTransport);
  assert.equal(describe({ docker: { ...IMAGE, args: ["-e", "PASSWORD=hunter22"] } }), "docker run web");
  assert.equal(describe({ docker: { ...IMAGE, enter: "network" } }), "docker run --network container:(web)");
  const options = ["--name=x", "--name", "--rm", "-d", "-itd", "--detach"];
  for (const option of options)
    await assert.rejects(wordsFor(dockerTransport, { ...IMAGE, args: [option] }), /an option other than/, option);
  await assert.rejects(wordsFor(dockerTransport, { container: "web", image: "web" }), /beside 'container'/);
  const [key] = registerPlugins([dockerTransport]).keys.host;
  const noted: string[] = [];
  const host = { name: "web", settings: { docker: { container: "web", args: [], command: ["a"] } } } as unknown as HostSpec;
  key?.check?.({ hosts: [host], routes: [], owner: () => "host 'web'" }, ({ message }) => void noted.push(message));
  assert.deepEqual(noted, [
    "'docker.args' of host 'web' stands beside 'container'",
    "'docker.command' of host 'web' stands beside 'container'",
  ]);
});

const START_CASES: readonly [meaning: string, stderr: string][] = [
  [
    'image-missing: There is no image "web", or its registry wants a login',
    "Unable to find image 'web:latest' locally\ndocker: Error response from daemon: pull access denied for web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  [
    'image-missing: There is no image "web:9"',
    "Unable to find image 'web:9' locally\ndocker: Error response from daemon: manifest for web:9 not found: manifest unknown: manifest unknown",
  ],
  ['image-missing: There is no image "web:9"', "docker: Error response from daemon: No such image: web:9"],
  [
    'image-missing: Image "web:9" cannot be had: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: network is unreachable',
    `Unable to find image 'web:9' locally\ndocker: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: network is unreachable`,
  ],
  [
    'image-missing: Image "web:9" cannot be had: toomanyrequests: You have reached your pull rate limit',
    "Unable to find image 'web:9' locally\ndocker: Error response from daemon: toomanyrequests: You have reached your pull rate limit",
  ],
  [
    "disk-full: Disk of the container engine is full",
    "docker: Error response from daemon: failed to register layer: write /usr/lib/x: no space left on device",
  ],
  [
    "address-in-use: Container cannot have the port 0.0.0.0:80: it is in use",
    "docker: Error response from daemon: driver failed programming external connectivity on endpoint web (5a): Bind for 0.0.0.0:80 failed: port is already allocated",
  ],
  [
    "address-in-use: Container cannot have the port 0.0.0.0:80: it is in use",
    "docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint web (5a): failed to bind host port for 0.0.0.0:80:172.17.0.2:80/tcp: address already in use",
  ],
  [
    'settings-refused: There is another container "web"',
    'docker: Error response from daemon: Conflict. The container name "/web" is already in use by container "2d73".',
  ],
  [
    'settings-refused: Image has no program "/no/such" that can be started',
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown',
  ],
  [
    "settings-refused: Image has no valid name: invalid reference format: repository name (library/NONE) must be lowercase",
    "docker: invalid reference format: repository name (library/NONE) must be lowercase\n\nRun 'docker run --help' for more information",
  ],
  [
    "settings-refused: 'run' refuses its options: unknown flag: --nope",
    "unknown flag: --nope\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker run --help' for more information",
  ],
  [
    "settings-refused: Container cannot be made: network nonet not found",
    "docker: Error response from daemon: network nonet not found\n\nRun 'docker run --help' for more information",
  ],
  [
    "container-stopped: Container is being removed",
    "Error response from daemon: container is marked for removal and cannot be started",
  ],
];

test("what docker says of a container that cannot be made becomes a code and a sentence", async () => {
  for (const [meaning, stderr] of START_CASES)
    assert.equal(await meaningOf(dockerTransport, "web", { code: 125, stderr }), meaning);
});
