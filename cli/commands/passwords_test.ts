// No password of a manifest is in anything that `run --json` writes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { createManager, type NetworkEvent } from "../../core/mod.ts";
import { loadManifest } from "../load/io.ts";
import { ownInfo } from "../process/runtime.ts";
import { jsonView } from "../ui/json.ts";

/** A folder that cannot be had: nothing is listened on. */
const PATH = "$NO_SUCH_VARIABLE_HERE";

const NET = `hosts:
  local:
    vip: 127.0.42.100
    loopback: {disable: true}
    stateDir: {disable: true}
    http: {listen: "unix:${PATH}/x", auth: {user: me, password: hush-hush}}
    socks: {listen: "unix:${PATH}/y", auth: {user: me, password: geheim}}
  far:
    vip: 127.0.42.101
    cmd: [sh, -c, "echo cannot reach $0 >&2; exit 3", "tcp://me:topsecret@box:2375"]
routes:
  - {to: ["*.onion"], via: "socks5://me:streng@127.0.0.1:1080"}
`;

test("events have the user's name and the proxy's address, and no password", async () => {
  const { manifest, registry } = await loadManifest("m.yaml", { readInput: async () => new TextEncoder().encode(NET) });
  assert.ok(manifest);
  const lines: string[] = [];
  const view = jsonView({ stdout: (text) => void lines.push(text), stderr: assert.fail });
  const manager = createManager({ plugins: registry, agent: ownInfo(), debug: () => undefined });
  manager.subscribe((events, network) => view.show(events, network));
  try {
    await manager.apply(manifest);
    await waitFor(() => lines.some((line) => line.includes('"link.retrying"')), { what: "a failure", everyMs: 5 });
    await waitFor(() => lines.some((line) => line.includes('"network.ready"')), { what: "the network", everyMs: 5 });
  } finally {
    await manager.stop("test");
  }
  const events = lines.map((line) => JSON.parse(line) as NetworkEvent);
  const upstreams = events.flatMap((event) => (event.type === "routes.set" ? event.routes.map(({ settings }) => settings) : []));
  assert.deepEqual(upstreams, [{ upstream: { own: { url: "socks5://me@127.0.0.1:1080" }, secret: 1 } }]);
  const isOwn = (event: NetworkEvent) => (event.type === "host.admitted" || event.type === "host.changed") && event.local;
  // The hash of a password is computed after the host is admitted.
  const own = events.flatMap((event) => (isOwn(event) && "settings" in event ? [event.settings] : [])).at(-1);
  const { auth, ...http } = (own?.http?.own ?? {}) as { auth?: object };
  assert.deepEqual(http, { listen: `unix:${PATH}/x`, outside: "direct" });
  assert.deepEqual(Object.keys(auth ?? {}), ["user", "salt", "hash"]);
  const failures = events.flatMap((event) => (event.type === "link.closed" && event.host === 2 ? [event.failure] : []));
  assert.match(String(failures[0]?.command), /tcp:\/\/me:\*{8}@box/);
  assert.deepEqual(failures[0]?.stderr, ["cannot reach tcp://me:********@box:2375"]);
  assert.deepEqual(Object.keys(own ?? {}), ["http", "socks"]);
  for (const secret of ["hush", "geheim", "streng", "topsecret"]) assert.ok(!lines.join("").includes(secret), secret);
});
