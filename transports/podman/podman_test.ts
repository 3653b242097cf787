// The podman transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { type HostSpec, registerPlugins } from "../../core/mod.ts";
import { meaningOf, toolSubject, transportOf, wordsFor } from "../../tests/support/fake_tool.ts";
import { podmanTransport } from "./mod.ts";

conformTransport("podman", () => toolSubject(podmanTransport, "web"));

test("the way is shown with where the agent runs", () => {
  const shown = (settings: object) => transportOf(podmanTransport).describe({ podman: { container: "web", ...settings } });
  const ways = [{}, { enter: "network" }, { enter: "network", nsenter: true }].map(shown);
  assert.deepEqual(ways, ["podman exec -i web", "podman run --network container:web", "nsenter --net (web)"]);
});

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
  ['container-missing: There is no container "web"', 125, "Error: inspecting object: no such container web"],
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

const IMAGE = { image: "web", command: ["serve"] };

test("a container that is made has a name of its own, and what it is made of is not shown", async () => {
  const words = /^exec -i (norouter-web-[0-9a-f]{8}) sh$/.exec(await wordsFor(podmanTransport, IMAGE));
  assert.notEqual(words, null);
  const { describe } = transportOf(podmanTransport);
  assert.equal(describe({ podman: { ...IMAGE, args: ["-e", "PASSWORD=hunter22"] } }), "podman run web");
  assert.equal(describe({ podman: { ...IMAGE, enter: "network" } }), "podman run --network container:(web)");
  const options = ["--name=x", "--name", "--rm", "-d", "-itd", "--detach"];
  for (const option of options)
    await assert.rejects(wordsFor(podmanTransport, { ...IMAGE, args: [option] }), /an option other than/, option);
  await assert.rejects(wordsFor(podmanTransport, { container: "web", image: "web" }), /beside 'container'/);
  const [key] = registerPlugins([podmanTransport]).keys.host;
  const noted: string[] = [];
  const host = { name: "web", settings: { podman: { container: "web", args: [], command: ["a"] } } } as unknown as HostSpec;
  key?.check?.({ hosts: [host], routes: [], owner: () => "host 'web'" }, ({ message }) => void noted.push(message));
  assert.deepEqual(noted, [
    "'podman.args' of host 'web' stands beside 'container'",
    "'podman.command' of host 'web' stands beside 'container'",
  ]);
});

const START_CASES: readonly [meaning: string, stderr: string][] = [
  [
    'image-missing: There is no image "docker.io/library/web:latest", or its registry wants a login',
    "Trying to pull docker.io/library/web:latest...\nError: initializing source docker://docker.io/library/web:latest: reading manifest latest in docker.io/library/web: requested access to the resource is denied",
  ],
  [
    'image-missing: There is no image "docker.io/library/busybox:9"',
    "Error: initializing source docker://docker.io/library/busybox:9: reading manifest 9 in docker.io/library/busybox: manifest unknown",
  ],
  [
    'image-missing: Image "localhost:1/none:9" cannot be had: pinging container registry localhost:1: Get "https://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    'Error: initializing source docker://localhost:1/none:9: pinging container registry localhost:1: Get "https://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [
    'image-missing: There is no image "none:9", and no registry is set for names without one',
    'Error: short-name "none:9" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
  ],
  ['image-missing: There is no image "none:9"', "Error: none:9: image not known"],
  [
    "disk-full: Disk of the container engine is full",
    "Error: writing blob: storing blob to file: write /var/tmp/x: no space left on device",
  ],
  [
    "address-in-use: Container cannot have the port 0.0.0.0:80: it is in use",
    "Error: rootlessport listen tcp 0.0.0.0:80: bind: address already in use",
  ],
  [
    'settings-refused: There is another container "web"',
    'Error: creating container storage: the container name "web" is already in use by 8d0f. You have to remove that container to be able to reuse that name: that name is already in use',
  ],
  [
    'settings-refused: Image has no program "/no/such" that can be started',
    'Error: runc: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: OCI runtime attempted to invoke a command that was not found',
  ],
  [
    'settings-refused: Image has no program "serve" that can be started',
    "Error: crun: executable file `serve` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found",
  ],
  ["settings-refused: 'run' refuses its options: unknown flag: --nope", "Error: unknown flag: --nope\nSee 'podman run --help'"],
  ['container-missing: There is no container "nope"', "Error: inspecting object: no such container nope"],
];

test("what podman says of a container that cannot be made becomes a code and a sentence", async () => {
  for (const [meaning, stderr] of START_CASES)
    assert.equal(await meaningOf(podmanTransport, "web", { code: 125, stderr }), meaning);
});
