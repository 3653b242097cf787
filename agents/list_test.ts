// Which form of an agent the name of a platform stands for.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentChoice } from "../core/plugin/agent_source.ts";
import { formFor, parsePlatform } from "./platform.ts";

test("a platform that has an engine stands for it, unless Bun is asked for or libraries are named", () => {
  const cases: readonly (readonly [name: string, choice: AgentChoice | undefined, form: string])[] = [
    ["linux-x64", undefined, "engine"],
    ["linux-arm64", "auto", "engine"],
    ["linux-x64", "bun", "program"],
    ["linux-x64-bundled", undefined, "program"],
    ["linux-x64-bundled", "engine", "engine"],
    ["darwin-arm64", undefined, "program"],
    ["darwin-arm64", "engine", "engine"],
  ];
  for (const [name, choice, form] of cases) assert.equal(formFor(parsePlatform(name), choice), form, `${name} ${choice}`);
  assert.throws(() => formFor(parsePlatform("linux-x64"), "runtime"), /'--agent runtime' is the same for every platform/);
});
