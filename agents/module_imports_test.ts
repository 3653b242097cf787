// What a module imports, told from its text: imports and nothing that only looks like one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf } from "./module_imports.ts";

/** `@{` in a text stands for what begins an embedded expression. */
const found = (text: string) => importsOf(text.replaceAll("@{", "\u0024{")).map(({ specifier, line }) => `${line} ${specifier}`);

test("every form of import is found, with its line", () => {
  const text = [
    'import a from "a"; import * as b from "b"; import { c as d } from "c";',
    "import'd';",
    'import e, { type f } from /* why */ "e" with { type: "json" };',
    'export * from "f";',
    'export { g } from "g"; export * as h from "h";',
    'await import("i"); const j = import( /* now */ "j", {});',
    '`@{await import("k")} @{`@{import("l")}`}`;',
    'import{m}from"node:m";',
  ];
  assert.deepEqual(found(text.join("\n")), [
    "1 a",
    "1 b",
    "1 c",
    "2 d",
    "3 e",
    "4 f",
    "5 g",
    "5 h",
    "6 i",
    "6 j",
    "7 k",
    "7 l",
    "8 node:m",
  ]);
});

test("what only looks like an import is none", () => {
  const text = [
    '// import "a"',
    '/* import "a" */ const s = \'import "a"\' + "from \\"a\\"";',
    'const t = `import "a" @{1} from "a" \\` \\@{ import "b"`;',
    'const r = /import "a"/.test(s) || /[/"]from "a"/g; const d = 4 / 2 / "a".length;',
    'object.from("a"); Array.from ("a"); object.import("a"); import.meta.url; const from = 1;',
    "import(name); function f() { return /'/ } f(); const g = `@{{ a: { b: `x` } }}`;",
    'export default { from: "a", import: "b" };',
    'export const x = "from"; export { x as from };',
    'if(a)/[\'"]/.test(b);x=\'from "y"\';while(x)/from "a"/.exec(y);',
    "function f(){}/'/.test(x);z='import \"y\"';if(a){b()}/\"/.test(x);z=\"import 'y'\";",
    "for await(const x of y)/'/.test(x);z='import \"q\"';a.if(b)/2;z='/';'from \"q\"';",
  ];
  assert.deepEqual(found(text.join("\n")), []);
});

test("an unfinished text ends", () => {
  for (const text of ["`@{", "`", '"', "/*", "import", "import(", "/", "`@{`@{", "}"]) assert.deepEqual(found(text), [], text);
});
