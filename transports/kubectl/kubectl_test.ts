// The kubectl transport: its words, what it makes of the tool's own, and the cases of all carriers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conformTransport } from "../../conformance/transport.ts";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";
import { meaningOf, toolSubject, wordsFor } from "../../tests/support/fake_tool.ts";
import { kubectlTransport } from "./mod.ts";

conformTransport("kubectl", () => toolSubject(kubectlTransport, "web"));

test("settings become words of kubectl", async () => {
  assert.equal(await wordsFor(kubectlTransport, "web-0"), "exec -i web-0 -- sh");
  const full = { pod: "web-0", namespace: "prod", container: "app", context: "gke", kubeconfig: "/k" };
  const words = "--kubeconfig /k --context gke --namespace prod exec -i web-0 --container app -- sh";
  assert.equal(await wordsFor(kubectlTransport, full), words);
  assert.equal(await wordsFor(kubectlTransport, { deployment: "web" }), "exec -i deployment/web -- sh");
  assert.equal(await wordsFor(kubectlTransport, { statefulset: "db" }), "exec -i statefulset/db -- sh");
});

test("an image stands beside 'enter', and nothing of it without", () => {
  const told = (key: string) =>
    parseManifest(`hosts:\n  here: {vip: 127.0.0.2}\n  web: {vip: 127.0.0.3, kubectl: ${key}}\n`, "m.yaml", KEYS).diagnostics.map(
      ({ message }) => message,
    );
  assert.deepEqual(told("{pod: web, enter: network, enterImage: busybox, enterProfile: restricted}"), []);
  const without = "'kubectl.enter' of host 'web' stands without an image for the container that is added to the pod";
  assert.deepEqual(told("{pod: web, enter: network}"), [without]);
  assert.deepEqual(told("{pod: web, enterImage: busybox}"), ["'kubectl.enterImage' of host 'web' stands without 'enter'"]);
});

test("a pod is named in one way", async () => {
  await assert.rejects(
    wordsFor(kubectlTransport, { namespace: "prod" }),
    /none of 'pod', 'deployment', 'statefulset', 'selector'/,
  );
  await assert.rejects(wordsFor(kubectlTransport, { pod: "web", selector: "app=web" }), /beside 'pod'/);
});

test("a selector is looked up first, and what fails there has its code", async () => {
  await assert.rejects(meaningOf(kubectlTransport, { selector: "app=web" }, { code: 0 }), { code: "container-missing" });
  const refused = { code: 1, stderr: "error: You must be logged in to the server (Unauthorized)" };
  await assert.rejects(meaningOf(kubectlTransport, { selector: "app=web" }, refused), { code: "not-logged-in" });
});

const CASES: readonly [meaning: string, code: number, stderr: string][] = [
  ['container-missing: There is no pod "web"', 1, 'Error from server (NotFound): pods "web" not found'],
  ['container-missing: There is no deployment "web"', 1, 'Error from server (NotFound): deployments.apps "web" not found'],
  ['container-missing: There is no namespace "prod"', 1, 'Error from server (NotFound): namespaces "prod" not found'],
  [
    'container-missing: Pod "web" has no container "nope"',
    1,
    "Error from server (BadRequest): container nope is not valid for pod web",
  ],
  [
    "container-stopped: Pod has ended (Succeeded)",
    1,
    "error: cannot exec into a container in a completed pod; current phase is Succeeded",
  ],
  ["container-stopped: Pod has no node yet", 1, "Error from server (BadRequest): pod web does not have a host assigned"],
  ['container-stopped: Container "main" is not running', 1, 'error: unable to upgrade connection: container not found ("main")'],
  ["not-logged-in: Not logged in to the cluster", 1, "error: You must be logged in to the server (Unauthorized)"],
  [
    'access-denied: Not allowed: User "user" cannot create resource "pods/exec"',
    1,
    'Error from server (Forbidden): User "user" cannot create resource "pods/exec"',
  ],
  [
    'settings-refused: There is no context "nope"',
    1,
    "Error in configuration: context was not found for specified context: nope",
  ],
  [
    "settings-refused: The cluster knows no ephemeral containers: leave out 'enter'",
    1,
    "error: ephemeral containers are disabled for this cluster (error from server: the server could not find the requested resource)",
  ],
  [
    'settings-refused: Cluster refuses the container: spec.ephemeralContainers[0].image: Invalid value: "a b"',
    1,
    'The Pod "web-0" is invalid: spec.ephemeralContainers[0].image: Invalid value: "a b"',
  ],
  ["settings-refused: The kubeconfig file cannot be used", 1, "error: stat /none: no such file or directory"],
  ['settings-refused: The cluster has no resources of type "nopes"', 1, `error: the server doesn't have a resource type "nopes"`],
  [
    "no-shell: Container has no 'sh'",
    1,
    'error: Internal error occurred: error executing command in container: OCI runtime exec failed: exec: "sh": executable file not found in $PATH: unknown',
  ],
  [
    "engine-down: No API server answers at 127.0.0.1:1",
    1,
    "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
  ],
  [
    "engine-down: API server cannot be reached: dial tcp: lookup nosuch.invalid: no such host",
    1,
    "Unable to connect to the server: dial tcp: lookup nosuch.invalid: no such host",
  ],
  ["container-stopped: Deployment makes no progress", 1, 'error: deployment "web" exceeded its progress deadline'],
  ["container-missing: There are no such pods", 1, "error: no matching resources found"],
  [
    "engine-down: Connection to the API server was lost",
    1,
    "error: error reading from error stream: next reader: websocket: close 1006",
  ],
];

test("what kubectl says becomes a code and a sentence", async () => {
  for (const [meaning, code, stderr] of CASES) assert.equal(await meaningOf(kubectlTransport, "web", { code, stderr }), meaning);
});
