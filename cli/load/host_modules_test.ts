// What is said of a host module that cannot be tried.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { hostCodeOf } from "./host_modules.ts";

test("a host module that never runs to its end is named after a while", async () => {
  const dir = tempDir("host-module");
  const module = pathToFileURL(join(dir.path, "host.mjs"));
  writeFileSync(module, "await new Promise(() => undefined); export default {};");
  const plugin: Plugin = { name: "stuck", api: PLUGIN_API, setup: () => undefined, host: { module } };
  await assert.rejects(hostCodeOf("./stuck.mjs", plugin, String(module), { tryMs: 20 }), {
    code: "plugin-invalid",
    message: "Plugin './stuck.mjs' cannot be used on hosts: Host module has not run to its end within 0.02 s",
  });
  dir.remove();
});
