// `verify` of stores: every case that can be tried on one is tried, and the journal leaves nothing behind.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { DEFAULT_LIMITS, memoryStore, PLUGIN_API, type PluginContext, registerPlugins } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { verify } from "./verify.ts";
import { checkStore } from "./verify_store.ts";

const base = tempDir("verify-store");
after(() => base.remove());
let made = 0;

async function run(specifier: string) {
  const lines: string[] = [];
  const code = await verify(
    { specifier, settings: undefined, json: false },
    { stdout: (text) => void lines.push(text.trimEnd()) },
  );
  return { code, lines, bad: lines.filter((line) => !line.startsWith("ok ")) };
}

/** A plugin with a store that keeps its logs for as long as this process lives; `opened` is what `open` gives of one. */
function storeFile(opened: string): string {
  made += 1;
  const path = join(base.path, `store${made}.mjs`);
  writeFileSync(
    path,
    `const logs = new Map();
const open = new Set();
const limits = { recentEvents: 10_000, durableEvents: 10_000 };
export default ({ memoryStore, PLUGIN_API }) => ({ name: "kept", api: PLUGIN_API, setup: (context) => context.store({
  name: "kept",
  open: ({ network, path }) => { ${opened} },
}) });\n`,
  );
  return pathToFileURL(path).href;
}

const KEPT = `if (open.has(network)) throw new Error("it is open");
  open.add(network);
  const log = logs.get(network) ?? memoryStore(limits);
  logs.set(network, log);
  return Object.create(log, { close: { value: async () => void open.delete(network) } });`;

test("cases of stores that outlive their process are run on one that does", async () => {
  const kept = await run(storeFile(KEPT));
  assert.deepEqual([kept.code, kept.bad], [0, []]);
  assert.ok(kept.lines.some((line) => /^ok +store "kept": opened again it has the same number/.test(line)));
  const forgetful = await run(storeFile("return memoryStore(limits);"));
  assert.equal(forgetful.code, 0);
  assert.deepEqual(
    forgetful.bad.map((line) => /^left out +store "kept": .*: the store ends with its process$/.test(line)),
    [true, true],
  );
  const shared = await run(storeFile(KEPT.replace(/^.*\n/, "")));
  assert.match(shared.bad.join("\n"), /^FAILED {4}store "kept": nobody else can open it while it is open/);
  const broken = await run(storeFile('throw new Error("no disk");'));
  assert.match(broken.bad.join("\n"), /^FAILED {4}store "kept": it is opened, and opened again: no disk$/);
});

test("a store that never answers is told, case by case", async () => {
  const { store = assert.fail("no store") } = registerPlugins([
    {
      name: "stuck",
      api: PLUGIN_API,
      setup: ({ store: add }: PluginContext) =>
        add({
          name: "stuck",
          open: () => ({ ...memoryStore(DEFAULT_LIMITS), append: () => new Promise<void>(() => undefined) }),
        }),
    },
  ]);
  const told: string[] = [];
  await checkStore(store, (name, result, message = "") => void told.push(`${result} ${name}: ${message}`), 50);
  assert.match(told.join("\n"), /^failed store "stuck": what is appended is read .*: It has not come to an end within 0.05 s$/m);
});

test("the journal passes every case, and no journal is left in the user's folder", async () => {
  const before = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = base.path;
  try {
    const { code, bad } = await run("journal");
    assert.deepEqual([code, bad], [0, []]);
    assert.deepEqual(
      readdirSync(base.path).filter((name) => !/^store\d+\.mjs$/.test(name)),
      [],
    );
  } finally {
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
  }
});
