// The package as users have it: what is built of the sources, beside its dependencies and without a clone.

import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import type { AgentList } from "../../agents/list.ts";
import { runToEnd } from "../support/child.ts";
import { PROJECT, runtimeArgv } from "../support/cli.ts";
import { exchange } from "../support/clients.ts";
import { engineProgram } from "../support/engine/agent.ts";
import { withoutInside } from "../support/inside.ts";
import { vip } from "../support/lab.ts";
import { type TempDir, tempDir } from "../support/lifetime.ts";
import { startNetwork } from "../support/network.ts";
import { startEcho } from "../support/servers.ts";

interface PackageJson {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly bin: { readonly norouter: string };
}

const about = JSON.parse(readFileSync(`${PROJECT}/package.json`, "utf8")) as PackageJson;
const SLOW = { timeout: 120_000 };

let dir: TempDir;
const home = () => `${dir.path}/node_modules/norouter`;
const program = () => [...runtimeArgv(), `${home()}/${about.bin.norouter}`];

before(async () => {
  dir = tempDir("package");
  for (const file of ["package.json", "cli/norouter.mjs", "cli/bootstrap.mjs"]) cpSync(`${PROJECT}/${file}`, `${home()}/${file}`);
  const built = await runToEnd([...runtimeArgv("node24"), `${PROJECT}/cli/build.ts`, `${home()}/dist`], { timeoutMs: 60_000 });
  assert.equal(built.code, 0, built.stderr);
  for (const name of Object.keys(about.dependencies)) {
    const link = `${dir.path}/node_modules/${name}`;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(`${PROJECT}/node_modules/${name}`, link);
  }
});
after(() => dir?.remove());

async function said(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(words, { cwd: dir.path, timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  return stdout;
}

test("all that it exports is there, with its types, and is one and the same program", SLOW, async () => {
  const faces = Object.entries(about.exports).filter(([, face]) => typeof face !== "string");
  for (const [name, face] of faces) {
    assert.ok(typeof face !== "string");
    for (const path of Object.values(face)) assert.ok(existsSync(`${home()}/${path}`), `${name}: ${path}`);
  }
  const specifiers = faces.map(([name]) => `norouter${name.slice(1)}`);
  writeFileSync(
    `${dir.path}/faces.mjs`,
    `const faces = await Promise.all(${JSON.stringify(specifiers)}.map((name) => import(name)));
const errors = new Set(faces.flatMap((face) => [face, face.hostToolkit, face.toolkit]).flatMap((face) => face?.NoRouterError ?? []));
console.log(faces.every((face) => Object.keys(face).length > 0), errors.size);\n`,
  );
  assert.equal(await said([...runtimeArgv(), `${dir.path}/faces.mjs`]), "true 1\n");
});

test("its commands run", SLOW, async () => {
  assert.equal(await said([...program(), "version"]), `${about.version}\n`);
  writeFileSync(`${dir.path}/example.yaml`, await said([...program(), "show-example"]));
  assert.match(await said([...program(), "check", "example.yaml"]), /^ {2}local:$/m);
});

test("it takes engines from the packages beside it, and says which one is missing", SLOW, async () => {
  const words = [...program(), "agent", "bundle", "--json"];
  const list = async () => JSON.parse(await said(words)) as AgentList;
  const none = await list();
  const engines = Object.keys(about.optionalDependencies);
  const named = none.missing.flatMap(({ message }) => /"(@norouter.*?)"/.exec(message)?.[1] ?? []);
  assert.deepEqual(named.sort(), engines.sort());
  for (const name of engines) {
    const folder = `${dir.path}/node_modules/${name}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, JSON.stringify({ name, version: about.version }));
    writeFileSync(`${folder}/engine`, `engine of ${name}`);
  }
  const { agents } = await list();
  const paths = agents.flatMap(({ form, files: [file] }) => (form === "engine" ? [file?.path] : []));
  assert.deepEqual(paths.sort(), engines.map((name) => `${dir.path}/node_modules/${name}/engine`).sort());
});

test("it runs a network, of hosts with an installed norouter and of such that are sent an agent", SLOW, async () => {
  const echo = await startEcho();
  const path = `PATH=${dirname(runtimeArgv("node24")[0] ?? "")}:${process.env.PATH}`;
  const ports = [`7:127.0.0.1:${echo.port}`];
  const manifest = {
    hosts: {
      local: { vip: vip(1) },
      own: { vip: vip(2), cmd: program(), ports },
      sent: { vip: vip(3), cmd: ["env", path], install: true, agentDir: `${dir.path}/agents`, ports },
    },
  };
  const network = await startNetwork({ manifest, program: program() });
  try {
    assert.deepEqual((await network.ready(60_000)).failed, [], network.stderr());
    for (const host of [2, 3]) assert.equal(await exchange({ host: vip(host), port: 7 }, "hello"), "hello");
  } finally {
    await network.stop();
    await echo.stop();
  }
});

test("it runs a program inside a network", { ...SLOW, skip: await withoutInside() }, async () => {
  const folder = `${dir.path}/node_modules/@norouter/engine-${process.platform}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ version: about.version }));
  copyFileSync(await engineProgram(), `${folder}/engine`);
  const file = `${dir.path}/inside.yaml`;
  writeFileSync(file, JSON.stringify({ hosts: { local: { vip: vip(1), dns: { disable: true } } } }));
  const words = [...program(), "exec", "--manifest", file, "--host", "me", "--", "hostname", "-f"];
  assert.equal(await said(words), "me\n");
});

test("a plugin that it writes imports it", SLOW, async () => {
  await said([...program(), "plugin", "new", "my-echo", "--kind", "egress"]);
  // A test runner within a test runner would not run anything.
  const words = ["env", "-u", "NODE_TEST_CONTEXT", ...runtimeArgv("node24"), "--test"];
  const tested = await runToEnd(words, { cwd: `${dir.path}/my-echo`, timeoutMs: 60_000 });
  assert.equal(tested.code, 0, tested.stdout);
  assert.match(tested.stdout, /pass [1-9]/);
});
