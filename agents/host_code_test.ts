// A plugin's module for hosts as it is read: bounded, hashed, and refused with a sentence where it could not run there.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { PLUGIN_API, type Plugin } from "../core/mod.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { readHostCode } from "./host_code.ts";

const dir = tempDir("host-code");
after(() => dir.remove());

const plugin = (module: string | URL): Plugin => ({ name: "p", api: PLUGIN_API, setup: () => undefined, host: { module } });

function written(name: string, text: string | Uint8Array): string {
  writeFileSync(`${dir.path}/${name}`, text);
  return `./${name}`;
}

const read = async (module: string | URL) => (await readHostCode([plugin(module)], dir.path)).get("p");
const refused = (module: string | URL, message: RegExp) => assert.rejects(read(module), { code: "plugin-invalid", message });

test("a module is read from a path or an address, with its hash", async () => {
  const text = 'import net from "node:net";\nexport default {};\n';
  const path = written("good.mjs", text);
  const hash = createHash("sha256").update(text).digest("hex");
  const bytes = new TextEncoder().encode(text);
  for (const module of [
    path,
    `${dir.path}/good.mjs`,
    pathToFileURL(`${dir.path}/good.mjs`),
    pathToFileURL(`${dir.path}/good.mjs`).href,
  ])
    assert.deepEqual(await read(module), { hash, bytes });
  const builtIn = { ...plugin(""), host: { load: () => assert.fail("it was loaded") } };
  assert.equal((await readHostCode([builtIn, { ...builtIn, name: "q" }], dir.path)).size, 0);
});

test("a module that hosts could not run is refused with what is wrong with it", async () => {
  await refused("./gone.mjs", /^Plugin "p" has a host module '.*\/gone.mjs' that cannot be read: ENOENT/);
  await refused(written("types.ts", "export default {};"), /that is TypeScript; hosts are sent JavaScript$/);
  await refused(written("large.mjs", new Uint8Array(4 * 1024 * 1024 + 1)), /that has more than 4 MiB, the limit 'codeBytes'$/);
  assert.ok(await read(written("largest.mjs", new Uint8Array(4 * 1024 * 1024).fill(32))));
  for (const specifier of ["./x.mjs", "left-pad", "fs", "https://example.com/x.js", "data:text/javascript,"]) {
    const text = `export default {};\nconst x = () => import("${specifier}");\n`;
    await refused(written("bad.mjs", text), /that imports ".*" on line 2; one self-contained module that imports only "node:"/);
  }
});
