// No password in what is said about a manifest whose commands or options hold one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../core/manifest/mod.ts";
import { KEYS } from "../support/builtin_keys.ts";

test("a password among the words of a command is not shown, in the text or in a message", () => {
  const cases = [
    'a: { docker: { image: i, args: "-e DB_PASSWORD=hunter22 -i" } }',
    'a: { docker: { image: i, arg: ["-e", "DB_PASSWORD=hunter22"] } }',
    "a: { docker: { image: i, args: [[--env=TOKEN=hunter22]] } }",
    "a: { cmd: {} , docker: { container: c, args: [-e, MYSQL_PASS='hunter22'] } }",
  ];
  for (const text of cases) {
    const { diagnostics } = parseManifest(`hosts:\n  ${text}\n`, "m.yaml", KEYS);
    assert.notEqual(diagnostics.length, 0);
    assert.doesNotMatch(JSON.stringify(diagnostics), /hunter/, text);
  }
});
