// `plugins`: what may stand there, and the first look that finds them with their places.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openManifest, parseManifest, printManifest } from "../mod.ts";

const HOSTS = "hosts: {a: {vip: 127.0.0.2}}\n";
const messages = (plugins: string) =>
  parseManifest(`plugins: ${plugins}\n${HOSTS}`, "m.yaml").diagnostics.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` | ${hint}` : ""}`,
  );

test("specifiers are kept as they are written, and printed", () => {
  const specifiers = ["docker", "./x.ts", "../y.js", "/z.mjs", "file:///w.js", "npm:a@1", "@s/p/sub", "jsr:@s/p"];
  const { manifest, diagnostics } = parseManifest(`plugins: ${JSON.stringify(specifiers)}\n${HOSTS}`, "m.yaml");
  assert.deepEqual([manifest?.plugins, diagnostics], [specifiers.map((from) => ({ from })), []]);
  assert.ok(manifest);
  assert.deepEqual(parseManifest(printManifest(manifest), "m.yaml").manifest, manifest);
});

test("what is no specifier is an error at its place", () => {
  assert.deepEqual(messages("x"), [
    "1:10 'plugins' is a string, a list or a mapping was wanted | Put it in brackets, as the only item",
  ]);
  assert.deepEqual(messages("[1]"), [
    "1:11 Item 1 of 'plugins' is a number, a string was wanted | Put it in quotes if it is meant as it stands",
  ]);
  assert.deepEqual(messages("['  ']"), ["1:11 A specifier of 'plugins' is empty, a path or a package was wanted"]);
  assert.deepEqual(messages("['https://e.com/x.js']"), [
    "1:11 Plugin 'https://e.com/x.js' is a 'https:' address, a path or a package was wanted | Save it beside the manifest",
  ]);
  assert.deepEqual(messages("[x.ts]"), ["1:11 Plugin 'x.ts' is not a path | Write './x.ts'"]);
});

test("the first look gives what is well-formed, with its place", () => {
  const entries = openManifest(
    `${HOSTS}plugins:\n  - ./x.ts\n  - 7\n  - ["a"]\n  - "data:x"\n  - &p pkg\n  - *p\n`,
    "m.yaml",
  ).plugins;
  assert.deepEqual(
    entries.map(({ from }) => from),
    ["./x.ts", "pkg", "pkg"],
  );
  assert.deepEqual(entries[0]?.error("No", "Do", "plugin-missing"), {
    severity: "error",
    message: "No",
    hint: "Do",
    file: "m.yaml",
    line: 3,
    column: 5,
    text: "  - ./x.ts",
    length: 6,
    code: "plugin-missing",
  });
});

test("a mapping leaves built-in plugins out, puts others in and orders them, and is printed as it was meant", () => {
  const plugins = {
    socks: false,
    dns: true,
    "my-socks": "./my-socks.mjs",
    echo: { from: "./echo.mjs", before: ["forward"], after: ["dns"] },
    routes: { before: ["echo"] },
  };
  const { manifest, diagnostics } = parseManifest(`plugins: ${JSON.stringify(plugins)}\n${HOSTS}`, "m.yaml");
  const specs = [
    { name: "socks", off: true },
    { name: "dns" },
    { name: "my-socks", from: "./my-socks.mjs" },
    { name: "echo", from: "./echo.mjs", before: ["forward"], after: ["dns"] },
    { name: "routes", before: ["echo"] },
  ];
  assert.deepEqual([manifest?.plugins, diagnostics], [specs, []]);
  assert.ok(manifest);
  assert.deepEqual(parseManifest(printManifest(manifest), "m.yaml").manifest, manifest);
});

test("a list holds mappings, too", () => {
  const plugins = ["./x.ts", { from: "./y.ts", before: ["forward"] }];
  const { manifest } = parseManifest(`plugins: ${JSON.stringify(plugins)}\n${HOSTS}`, "m.yaml");
  assert.deepEqual(manifest?.plugins, [{ from: "./x.ts" }, { from: "./y.ts", before: ["forward"] }]);
  assert.deepEqual(parseManifest(printManifest(manifest), "m.yaml").manifest, manifest);
});

test("what is wrong in either form is an error at its place", () => {
  assert.deepEqual(messages("{ Socks: false, b: 7, c: [], d: , e: x.ts }"), [
    "1:12 'Socks' is no name of a plugin, lower case letters, digits and dashes were wanted",
    "1:29 Plugin 'b' of 'plugins' is a number, true or false, a path or a mapping was wanted | Write 'false' to leave a built-in plugin out, or where its module is",
    "1:35 Plugin 'c' of 'plugins' is a list, true or false, a path or a mapping was wanted | Write 'false' to leave a built-in plugin out, or where its module is",
    "1:42 Plugin 'd' of 'plugins' is empty, true or false, a path or a mapping was wanted | Write 'false' to leave a built-in plugin out, or where its module is",
    "1:47 Plugin 'x.ts' is not a path | Write './x.ts'",
  ]);
  assert.deepEqual(messages("{ a: { from: ./a.mjs, before: forward, after: [B], form: 1 } }"), [
    "1:40 'before' is a string, a list was wanted | Put it in brackets, as the only item",
    "1:57 'B' is no name of a plugin, lower case letters, digits and dashes were wanted",
    "1:61 Unknown key 'form' | Did you mean 'from'?",
  ]);
  assert.deepEqual(messages("[{ before: [a] }]"), [
    "1:11 Item 1 of 'plugins' has no 'from' | Add 'from: ./my-plugin.mjs', for example",
  ]);
});

test("the first look never throws", () => {
  for (const text of ["", "plugins", "plugins: [", "plugins: {}", "- plugins", "\0plugins", "plugins: *x", Uint8Array.of(0xff)]) {
    assert.deepEqual(openManifest(text, "m.yaml").plugins, []);
  }
});
