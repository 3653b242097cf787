// The rules of the rooms as a program: who may import whom, what every folder must have, and tables that must say
// the same as the code.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { BUILTINS } from "../cli/builtins.ts";
import { ERRORS, type ErrorRow } from "../core/errors.ts";
import { OWN_HOST_KEYS, OWN_NETWORK_KEYS, OWN_ROUTE_KEYS } from "../core/manifest/mod.ts";
import { VERSION } from "../core/version.ts";
import { hostToolkit } from "../plugins/support/toolkit.ts";
import { cyclesOf, figureLines, functionsOf, importsOf, LONG_FUNCTION, measure, quantile } from "../scripts/figures.ts";
import { LINE, PAGES } from "../scripts/pages/lines.ts";
import { toolkit } from "../transports/support/toolkit.ts";
import { KEYS } from "./support/builtin_keys.ts";
import { PROJECT } from "./support/cli.ts";
import { deadLinks } from "./support/links.ts";
import { allPages, pageText } from "./support/pages.ts";

/** Packages, and the one file that may import each. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  mitt: ["core/bus.ts"],
  yaml: ["core/manifest/text/yaml_text.ts"],
  "ipaddr.js": ["core/address.ts"],
  "get-east-asian-width": ["core/manifest/text/cells.ts"],
  shlex: ["cli/commands/plugin_new.ts", "core/manifest/keys/command.ts", "transports/support/process_carrier.ts"],
  socks: ["plugins/upstream_socks/handshake.ts"],
  "dns-packet": ["plugins/dns/message.ts"],
  esbuild: ["agents/bundle.ts", "cli/build.ts", "engine/idna_table.ts", "engine/modules.ts"],
};
const LONGEST_FILE = 300;
/** Also of a table of cases. */
const LONGEST_TEST = 400;

const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");
const sources = globSync("{core,plugins,transports,agents,engine,inside,conformance,cli}/**/*.ts", { cwd: PROJECT }).sort();
const product = sources.filter((path) => !path.endsWith("_test.ts") && !path.includes("arbitrary_"));

const FIGURES = measure();
const imports = new Map(product.map((path) => [path, importsOf(path)]));

function offenders(where: (path: string) => boolean, allowed: (target: string, path: string) => boolean): string[] {
  return [...imports].flatMap(([path, targets]) =>
    where(path) ? targets.filter((target) => !allowed(target, path)).map((target) => `${path} imports ${target}`) : [],
  );
}

const room = (path: string) => path.split("/").slice(0, 2).join("/");
/** What the engine gives to its own modules. */
const HOST_LAYER = "engine:host";
const isPackage = (target: string) => !target.startsWith("node:") && !target.endsWith(".ts") && target !== HOST_LAYER;

test("the core imports only the core, and nothing of a runtime", () => {
  assert.ok(product.length > 50, "the sources were found");
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("core/"),
      (target) => target.startsWith("core/") || isPackage(target),
    ),
    [],
  );
});

test("a package is imported in the one file that is named for it", () => {
  assert.deepEqual(
    offenders(
      () => true,
      (target, path) => !isPackage(target) || PACKAGES[target]?.includes(path) === true,
    ),
    [],
  );
});

test("plugins and transports import the core's faces, their support folder and their own folder", () => {
  for (const kind of ["plugins", "transports"]) {
    assert.deepEqual(
      offenders(
        (path) => path.startsWith(`${kind}/`),
        (target, path) =>
          target === "core/mod.ts" ||
          target === "core/manifest/keys/mod.ts" ||
          target.startsWith("node:") ||
          target.startsWith(`${kind}/support/`) ||
          room(target) === room(path) ||
          PACKAGES[target]?.includes(path) === true,
      ),
      [],
    );
  }
});

test("what is sent to hosts is made without plugins or transports", () => {
  const rooms = ["core/", "plugins/support/", "transports/support/", "agents/", "inside/files.ts", "node:"];
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("agents/"),
      (target, path) => rooms.some((room) => target.startsWith(room)) || PACKAGES[target]?.includes(path) === true,
    ),
    [],
  );
});

test("the engine's modules are by themselves, and its host layer is theirs alone", () => {
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("engine/node/"),
      (target) => target.startsWith("engine/node/") || target === HOST_LAYER || target.startsWith("node:"),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (path) => !path.startsWith("engine/node/") && !path.startsWith("engine/host/checks/") && !path.startsWith("inside/"),
      (target, path) => target !== HOST_LAYER && (path.startsWith("engine/") || !target.startsWith("engine/")),
    ),
    [],
  );
  const rooms = ["engine/", "core/", "plugins/support/", "agents/platform.ts", "node:"];
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("engine/") && !path.startsWith("engine/host/"),
      (target, path) =>
        target === HOST_LAYER || rooms.some((room) => target.startsWith(room)) || PACKAGES[target]?.includes(path) === true,
    ),
    [],
  );
});

test("what runs a program inside is of the core, of Node's modules and of the host layer, and of plugins knows types alone", () => {
  const rooms = ["core/", "transports/stdio/mod.ts", "plugins/inside/doorway.ts", "inside/", "node:"];
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("inside/"),
      (target) => target === HOST_LAYER || rooms.some((room) => target.startsWith(room)),
    ),
    [],
  );
});

test("the cases for implementations of others need nothing of the tests", () => {
  const rooms = ["core/", "transports/memory/", "transports/stdio/", "conformance/", "node:"];
  assert.deepEqual(
    offenders(
      (path) => path.startsWith("conformance/"),
      (target) => rooms.some((room) => target.startsWith(room)),
    ),
    [],
  );
});

test("nothing imports the command line, and an agent loads no manifest code", () => {
  assert.deepEqual(
    offenders(
      (path) => !path.startsWith("cli/"),
      (target) => !target.startsWith("cli/"),
    ),
    [],
  );
  const loaded = closure("cli/agent.ts", (path) => valueImportsOf(path));
  assert.ok(loaded.has("core/member.ts"));
  assert.deepEqual(
    [...loaded].filter((path) => path.startsWith("core/manifest/")),
    [],
  );
});

test("the core's tests need no plugin", () => {
  const needed = sources
    .filter((path) => path.startsWith("core/") && path.endsWith("_test.ts"))
    .flatMap((path) => [...closure(path, (one) => importsOf(one).filter((target) => existsSync(join(PROJECT, target))))])
    .filter((path) => path.startsWith("plugins/"));
  assert.deepEqual([...new Set(needed)], []);
});

/** Imports that remain when types are taken out. */
function valueImportsOf(path: string): string[] {
  const typeOnly = new Set([...read(path).matchAll(/(?:import|export) type [^;]*?from "([^"]+)"/g)].map(([, name]) => name));
  return importsOf(path).filter(
    (target) => ![...typeOnly].some((name) => name !== undefined && join(dirname(path), name) === target),
  );
}

function closure(start: string, next: (path: string) => string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path) || !path.endsWith(".ts")) return;
    seen.add(path);
    next(path).forEach(visit);
  };
  visit(start);
  return seen;
}

test("there are no import cycles, of types neither", () => assert.deepEqual(FIGURES.cycles, []));

test("a cycle is found, whatever leads into it", () => {
  const imported: Readonly<Record<string, string[]>> = { a: ["b"], b: ["c"], c: ["d", "b"], d: [], e: ["a", "e"], f: ["d"] };
  const found = cyclesOf(Object.keys(imported), (path) => imported[path] ?? []);
  assert.deepEqual(found, [["b", "c"], ["e"]]);
});

test("most sources are short, no type is 'any', and no type error is hidden", () => {
  for (const line of figureLines(FIGURES)) console.log(`# ${line}`);
  assert.ok(quantile(FIGURES.files, 0.5) <= 100);
  assert.ok(quantile(FIGURES.files, 0.9) <= 200);
  assert.deepEqual([FIGURES.any, FIGURES.hidden], [0, 0]);
});

test("no function is long", () => {
  assert.ok(FIGURES.functions.length > 1000, "the functions were found");
  assert.deepEqual(
    FIGURES.functions.filter(({ lines }) => lines >= LONG_FUNCTION),
    [],
  );
});

test("functions are measured from their head to their end", () => {
  const text = `export function one(a: number): number {
  if (a) {
    return 1;
  }
  const two = (
    b: number,
  ) => {
    return b;
  };
}

class Three {
  async #four<T>(five: T): Promise<void> {
    await five;
  }
}
`;
  assert.deepEqual(functionsOf("x", text), [
    { where: "x:1", lines: 10 },
    { where: "x:7", lines: 3 },
    { where: "x:13", lines: 3 },
  ]);
});

test("every plugin and transport is one folder with a module, a page and a test", () => {
  const folders = globSync("{plugins,transports}/*/", { cwd: PROJECT }).map((path) => path.replace(/\/$/, ""));
  const units = folders.filter((path) => !path.endsWith("/support") && existsSync(join(PROJECT, path, "mod.ts")));
  assert.ok(units.length >= 5);
  for (const unit of units) {
    assert.ok(existsSync(join(PROJECT, unit, "README.md")), `${unit} has a README.md`);
    assert.ok(globSync(`${unit}/*_test.ts`, { cwd: PROJECT }).length > 0, `${unit} has a test`);
    const [, name = ""] = unit.split("/");
    // An agent's one transport is no plugin.
    const list = name === "stdio" ? "cli/agent.ts" : "cli/builtins.ts";
    assert.match(read(list), new RegExp(`"\\.\\./${unit}/mod\\.ts"`), `${unit} is in ${list}`);
  }
});

test("every source file says what it is for, and none is too long", () => {
  for (const path of sources) {
    const lines = read(path).trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^\/\/ \S/, `${path} opens with a comment`);
    assert.ok(
      lines.length <= (/_(test|cases)\.ts$/.test(path) ? LONGEST_TEST : LONGEST_FILE),
      `${path} has ${lines.length} lines`,
    );
  }
});

test("both export maps say the same", () => {
  const npm = JSON.parse(read("package.json")) as {
    version: string;
    exports: Record<string, string | { types: string; default: string }>;
  };
  const deno = JSON.parse(read("deno.json")) as { version: string; exports: Record<string, string> };
  const { "./package.json": _, ...fromNpm } = npm.exports;
  assert.deepEqual(Object.keys(fromNpm).sort(), Object.keys(deno.exports).sort());
  for (const [name, path] of Object.entries(deno.exports)) {
    assert.ok(existsSync(join(PROJECT, path)), `${path} exists`);
    const compiled = path.replace("./", "./dist/").replace(/\.ts$/, "");
    assert.deepEqual(npm.exports[name], { types: `${compiled}.d.ts`, default: `${compiled}.js` });
  }
  assert.equal(npm.version, deno.version);
  assert.equal(npm.version, VERSION);
});

test("the page of plugins lists both toolkits, and nothing else of them", () => {
  const [, section = ""] = read("docs/plugins.md").split("\n## The toolkit\n");
  const [manager = "", host = ""] = (section.split("\n## ")[0] ?? "").split("norouter/host-toolkit");
  const listed = (text: string) =>
    [...text.matchAll(/^(?:\| |- )(`\w+`(?:, `\w+`)*)(?: *\||:)/gm)].flatMap(([, names = ""]) =>
      names.replaceAll("`", "").split(", "),
    );
  assert.deepEqual(listed(manager).sort(), Object.keys(toolkit).sort());
  assert.deepEqual(listed(host).sort(), Object.keys(hostToolkit).sort());
});

/** Words that are something else in the core, or that people are told as an example. */
const OTHER_MEANINGS: Readonly<Record<string, readonly string[]>> = {
  "core/address.ts": ["loopback"], // a range of addresses
  "core/error_row.ts": ["http", "socks"],
  "core/error_table.ts": ["http", "socks", "docker", "ssh", "loopback"], // numbers of protocols, and advice
  "core/errors.ts": ["http", "socks"],
  "core/manifest/keys/fields.ts": ["ssh", "socks"], // examples
  "core/read_buffers.ts": ["memory"], // bytes
};

test("the core names no plugin and no key of one", () => {
  const own = [...OWN_HOST_KEYS, ...OWN_ROUTE_KEYS, ...OWN_NETWORK_KEYS];
  const keys = [...KEYS.host, ...KEYS.route, ...KEYS.network].map(({ name }) => name);
  const names = [...new Set([...BUILTINS.map(({ name }) => name), ...keys])].filter((name) => !own.includes(name));
  assert.ok(names.length > 15);
  const found = product
    .filter((path) => path.startsWith("core/"))
    .flatMap((path) => {
      // `exec` is also what regular expressions do.
      const code = read(path)
        .replace(/^\s*(\/\/|\/?\*).*$/gm, "")
        .replaceAll(".exec(", "(");
      const named = names.filter((name) => new RegExp(`["'\`.]${name}["'\`.]|\\.${name}\\b|\\b${name}\\??:(?!//)`).test(code));
      return named.filter((name) => !OTHER_MEANINGS[path]?.includes(name)).map((name) => `${path} names ${name}`);
    });
  assert.deepEqual(found, []);
});

test("the page of each room names all that is in it, and a plugin's list of files is whole", () => {
  for (const unit of globSync("{plugins,transports}/*/mod.ts", { cwd: PROJECT }).map((path) => dirname(path))) {
    const [folder = "", name] = unit.split("/");
    assert.ok(pageText(`${folder}/README.md`).includes(`](${name}/README.md)`), `${folder}/README.md names ${name}`);
    const [, list] = pageText(`${unit}/README.md`).split("\n## Files\n");
    const files = globSync(`${unit}/*.ts`, { cwd: PROJECT }).map((path) => relative(unit, path));
    for (const file of list === undefined ? [] : files.filter((one) => !/^mod\.ts$|_test\.ts$/.test(one)))
      assert.ok(list?.includes(`\`${file}\``), `${unit}/README.md names ${file}`);
  }
  for (const file of globSync("{agents,conformance,core,engine,inside,{plugins,transports}/support}/*.ts", { cwd: PROJECT })) {
    const [room = "", name] = [file.split("/")[0], file.split("/").at(-1)];
    if (!file.endsWith("_test.ts"))
      assert.ok(pageText(`${room}/README.md`).includes(`\`${name}\``), `${room}/README.md names ${file}`);
  }
});

test("what the core's page names is there: files, and what it says is in them", () => {
  const page = pageText("core/README.md");
  const found = (name: string) => {
    const places = globSync(`{${name},core/${name},core/*/${name},core/*/*/${name}}`, { cwd: PROJECT });
    return places.length > 0 || name === "key.ts";
  };
  const names = [...page.matchAll(/`([\w./]+\.(?:ts|md))`/g)].map(([, name = ""]) => name);
  assert.ok(names.length > 100);
  assert.deepEqual(
    names.filter((name) => !found(name)),
    [],
  );
  for (const [, file = "", words = ""] of page.matchAll(/`([\w./]+\.ts)`, ((?:`#?[\w.]+`(?: and )?)+)/g)) {
    const [path = ""] = globSync(`{${file},core/${file}}`, { cwd: PROJECT });
    for (const [, word = ""] of words.matchAll(/`([^`]+)`/g)) {
      if (word.endsWith(".ts") || path === "") continue;
      for (const part of word.split(".")) assert.ok(read(path).includes(part), `${file} has ${word}`);
    }
  }
});

test("error numbers on the wire are unique", () => {
  const numbers = Object.values(ERRORS).flatMap(({ wire }: ErrorRow) => wire ?? []);
  assert.equal(new Set(numbers).size, numbers.length);
});

test("no link between pages leads nowhere", () => {
  assert.deepEqual(deadLinks(PROJECT, PAGES), []);
});

test("the lock file names no download address", () => {
  // A clone's own packages are in its folders.
  assert.doesNotMatch(read("package-lock.json"), /"resolved": "(?!engine\/packages\/)/);
});

test("the page on embedding names every option of a manager", () => {
  const options = /interface CommonOptions \{[^}]*\}|interface CreateManagerOptions\b[^{]*\{[^}]*\}/g;
  const names = [...read("core/peer.ts").matchAll(options)].flatMap(([text]) =>
    [...text.matchAll(/^ {2}readonly (\w+)|"(\w+)"/gm)].map(([, own, picked]) => own ?? picked),
  );
  const section = read("docs/embedding.md").split("## A manager")[1]?.split("\n## ")[0] ?? "";
  const named = [...section.matchAll(/^- `(\w+)`:/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), names.sort());
});

test("tables of pages can be read as they stand", () => {
  const wide = allPages().flatMap((page) =>
    pageText(page)
      .split("\n")
      .flatMap((line, at) => (/^\s*\|/.test(line) && line.length > LINE ? [`${page}:${at + 1}: ${line.length} columns`] : [])),
  );
  assert.deepEqual(wide, []);
});
