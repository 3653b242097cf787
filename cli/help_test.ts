// The help: each command's own text, and the general one for every other word.

import assert from "node:assert/strict";
import { test } from "node:test";
import { helpText } from "./help.ts";

const COMMANDS = [
  "run",
  "check",
  "explain",
  "env",
  "replay",
  "why",
  "status",
  "streams",
  "logs",
  "retry",
  "reload",
  "stop",
  "add",
  "schema",
  "agent",
  "agent bundle",
  "show-example",
  "show-installer",
  "verify",
  "plugin new",
];

test("a word that is no command gives the general help, whatever word it is", () => {
  const general = helpText("");
  for (const word of ["nope", "toString", "__proto__", "constructor"]) assert.equal(helpText(word), general, word);
  for (const command of COMMANDS) {
    assert.ok(helpText(command).startsWith(`Usage: norouter ${command}`), command);
    assert.ok(general.includes(`norouter ${command}`) || command === "agent", command);
  }
  for (const topic of ["", "remove", ...COMMANDS])
    for (const line of helpText(topic).split("\n")) assert.ok(line.length <= 80, `${topic}: ${line}`);
  assert.ok(helpText("remove").startsWith("Usage: norouter remove"));
  assert.equal(helpText("manager"), helpText("run"));
});
