// The host parts of one host: a stream waits for them, one that fails leaves the others alone, and nothing is made after
// the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HostParts } from "./host_parts.ts";
import type { Stream } from "./mux/stream.ts";
import type { HostContext } from "./plugin/host_context.ts";
import { type HostPart, type HostPartContext, PLUGIN_API } from "./plugin/plugin.ts";

const part = (name: string, setup: (context: HostPartContext) => void): HostPart => ({ name, api: PLUGIN_API, setup });

/** Parts on a host without a network. */
function parts(plugins: Readonly<Record<string, () => Promise<HostPart>>>) {
  const debug: string[] = [];
  const host = new HostParts({
    plugins: Object.entries(plugins).map(([name, load]) => ({ name, host: { load } })),
    context: {} as HostContext,
    debug: (line) => void debug.push(line),
  });
  return { host, debug };
}

/** An egress for published ports that notes what it did. */
const egress = (name: string, did: string[]) =>
  part(name, (context) =>
    context.egress(() => ({
      name,
      claims: ({ kind }) => kind === "published",
      open: ({ identity }) => void did.push(`${name} ${identity.target.port}`),
      stop: async () => void did.push(`${name} stopped`),
    })),
  );

function stream(port: number, did: string[]): Stream {
  const reset = (code: string) => void did.push(`reset ${code}`);
  return { identity: { target: { kind: "published", port } }, closed: false, reset } as unknown as Stream;
}

test("a stream that comes before the parts waits for them, and the first in order that claims it has it", async () => {
  const did: string[] = [];
  let release: (part: HostPart) => void = () => undefined;
  const slow = new Promise<HostPart>((resolve) => {
    release = resolve;
  });
  const { host } = parts({ slow: () => slow, fast: async () => egress("fast", did) });
  host.serve(stream(1, did));
  host.serve({ ...stream(2, did), closed: true } as Stream);
  await Promise.resolve();
  assert.equal(did.length, 0);
  release(egress("slow", did));
  await host.reconcile();
  host.serve(stream(3, did));
  await host.stop(() => void did.push("ending"));
  assert.deepEqual(did, ["slow 1", "slow 3", "slow stopped", "fast stopped", "ending"]);
});

test("a part that cannot be loaded, or that throws, leaves the others alone", async () => {
  const did: string[] = [];
  const { host, debug } = parts({
    gone: () => Promise.reject(new Error("not there")),
    old: async () => ({ ...egress("old", did), api: 1 }),
    thrower: async () => part("thrower", (context) => context.frontEnd(() => assert.fail("boom"))),
    hostile: async () =>
      part("hostile", (context) =>
        context.egress(() => ({
          name: "hostile",
          claims: ({ port }) => (port === 7 ? assert.fail("bang") : false),
          open: () => undefined,
          stop: async () => undefined,
        })),
      ),
    good: async () => egress("good", did),
  });
  await host.reconcile();
  host.serve(stream(1, did));
  host.serve(stream(7, did));
  assert.deepEqual(did, ["good 1", "reset internal"]);
  assert.deepEqual(debug, [
    'Host part of plugin "gone" fails: not there',
    'Host part of plugin "old" was written for contract 1; 2 was wanted',
    'Host part of plugin "thrower" fails: boom',
    "An egress failed: bang",
  ]);
  await host.stop(() => undefined);
});

test("a part that is loaded after the end is not made", async () => {
  let release: (part: HostPart) => void = () => undefined;
  const slow = new Promise<HostPart>((resolve) => {
    release = resolve;
  });
  const { host } = parts({ slow: () => slow });
  const stopped = host.stop(() => undefined);
  release(part("slow", () => assert.fail("it was set up")));
  await stopped;
});
