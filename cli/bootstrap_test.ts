// What a clone installs: a lock file that is whole, and no more than what is about to run needs.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runToEnd } from "../tests/support/child.ts";
import { IS_NODE24, PROJECT, runtimeArgv } from "../tests/support/cli.ts";
import { needs } from "../tests/support/engines.ts";
import { tempDir } from "../tests/support/lifetime.ts";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const LOCK = `${PROJECT}/package-lock.json`;
/** The packages of the clone itself. */
const ENGINES = ["engine/packages/linux-arm64", "engine/packages/linux-x64"];
/** Nothing here differs between runtimes, and installing takes seconds. */
const elsewhere = IS_NODE24 ? false : "tested on Node 24";

test("the lock file names every package of every platform with its sum, and no registry", () => {
  const { "": root, ...packages } = JSON.parse(readFileSync(LOCK, "utf8")).packages as Record<string, Locked>;
  assert.ok(root);
  const missing = Object.values(packages).flatMap(({ dependencies, optionalDependencies }) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => packages[`node_modules/${name}`] === undefined),
  );
  assert.deepEqual(missing, []);
  const own = Object.values(packages).flatMap(({ link, resolved = "" }) => (link ? [resolved] : []));
  assert.deepEqual(own.sort(), ENGINES);
  for (const [path, { version, integrity, resolved, link }] of Object.entries(packages)) {
    if (link || own.includes(path)) continue;
    assert.ok(version && integrity?.startsWith("sha512-"), path);
    assert.equal(resolved, undefined, path);
  }
});

describe("a clone", { skip: elsewhere || needs("npm") }, () => {
  const dir = tempDir("clone");
  const { path } = dir;
  const bootstrap = [...runtimeArgv(), `${path}/cli/bootstrap.mjs`];
  const run = (...words: string[]) => runToEnd([...bootstrap, ...words], { cwd: path, timeoutMs: 120_000 });
  const has = (name: string) => existsSync(`${path}/node_modules/${name}/package.json`);
  mkdirSync(`${path}/cli`);
  const engines = ENGINES.map((folder) => `${folder}/package.json`);
  for (const file of ["package.json", "package-lock.json", ".npmrc", "cli/bootstrap.mjs", ...engines])
    cpSync(`${PROJECT}/${file}`, `${path}/${file}`);
  writeFileSync(`${path}/hello.ts`, `import { parse } from "yaml";\nconsole.log(parse("[hello]")[0] as string);\n`);

  test("installs what running needs and nothing else, once", async () => {
    const first = await run("hello.ts");
    assert.equal(first.stdout, "hello\n", first.stderr);
    assert.match(first.stderr, /Installing what is missing \(npm install --omit=dev\)/);
    assert.ok(has("esbuild") && has("yaml"));
    for (const name of ["typescript", "bun", "deno", "node22", "node24", "@biomejs/biome"]) assert.ok(!has(name), name);
    assert.deepEqual(await run("hello.ts"), { ...first, stderr: "" });
  });

  test("installs without a folder that npm can keep its cache in", async () => {
    rmSync(`${path}/node_modules`, { recursive: true });
    const temporary = tempDir("npm");
    const env = { HOME: "/dev/null", npm_config_cache: "/dev/null/.npm", TMPDIR: temporary.path };
    const { stdout, stderr } = await runToEnd([...bootstrap, "hello.ts"], { cwd: path, env, timeoutMs: 120_000 });
    assert.equal(stdout, "hello\n", stderr);
    assert.deepEqual(
      readdirSync(temporary.path).filter((name) => name.startsWith("norouter")),
      [],
    );
    temporary.remove();
  });

  test("installs again what is gone, and keeps what else is there", async () => {
    const manifest = `${path}/node_modules/.package-lock.json`;
    const installed = JSON.parse(readFileSync(manifest, "utf8"));
    delete installed.packages["node_modules/yaml"];
    writeFileSync(manifest, JSON.stringify(installed));
    rmSync(`${path}/node_modules/yaml`, { recursive: true });
    assert.equal((await run("hello.ts")).stdout, "hello\n");
    assert.ok(has("esbuild"));
  });

  test("refuses other bytes than the lock file names, before anything of them runs", async () => {
    rmSync(`${path}/node_modules`, { recursive: true });
    const lock = JSON.parse(readFileSync(LOCK, "utf8"));
    lock.packages["node_modules/esbuild"].integrity = `sha512-${"A".repeat(86)}==`;
    writeFileSync(`${path}/package-lock.json`, JSON.stringify(lock));
    const { code, stdout, stderr } = await run("hello.ts");
    assert.equal(code, 69, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /gave other bytes than the lock file names/);
    dir.remove();
  });
});
