// Host parts are checked before their code runs; every failure names the plugin; nothing registers late.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import { registerHostPart } from "./host_registry.ts";
import { type HostPartContext, PLUGIN_API } from "./plugin.ts";

const part = (change: object = {}) => ({ name: "p", api: PLUGIN_API, setup: () => undefined, ...change });

function refused(candidate: unknown, message: RegExp): void {
  assert.throws(() => registerHostPart("p", candidate), { code: "plugin-invalid", message });
}

test("what a host part registers is there, in order", () => {
  const frontEnd = (): FrontEnd => assert.fail("nothing is made here");
  const [first, second] = [(): Egress => assert.fail("nor here"), (): Egress => assert.fail("nor here")];
  const setup = (context: HostPartContext) => {
    context.frontEnd(frontEnd);
    context.egress(first);
    context.egress(second);
  };
  assert.deepEqual(registerHostPart("p", part({ setup })), { frontEnds: [frontEnd], egresses: [first, second] });
});

test("what is no host part is refused before its set-up runs", () => {
  const setup = () => assert.fail("it ran");
  for (const bad of [null, undefined, 7, "p", () => undefined])
    refused(bad, /part of plugin "p" is [^\n]*; an object was wanted/);
  refused(part({ setup, name: "q" }), /"p" has the name "q"; its plugin's was wanted/);
  for (const api of [0, 1, PLUGIN_API + 1, "2", undefined]) refused(part({ setup, api }), /"p" was written for contract/);
  refused(part({ setup: undefined }), /"p" has no 'setup' function/);
});

test("a set-up that throws, gives a promise or registers what is no function is one error with the plugin's name", () => {
  refused(part({ setup: () => assert.fail("boom") }), /"p" fails in its set-up: boom/);
  refused(part({ setup: async () => undefined }), /"p" has a 'setup' that gives a promise/);
  const odd = (context: HostPartContext) => context.egress({} as () => Egress);
  refused(part({ setup: odd }), /"p" registers an egress that is no function/);
});

test("nothing registers after its set-up ended", () => {
  let kept: HostPartContext | undefined;
  const setup = (context: HostPartContext) => {
    kept = context;
  };
  const registry = registerHostPart("p", part({ setup }));
  const late = () => kept?.egress((): Egress => assert.fail("nothing is made here"));
  assert.throws(late, { code: "plugin-invalid", message: /"p" registers after its set-up ended/ });
  assert.deepEqual(registry.egresses, []);
});
