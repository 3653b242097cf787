// Both lists of what is built in say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILTIN_PARTS } from "./builtin_parts.ts";
import { BUILTINS, loadBuiltins } from "./builtins.ts";

/** Runs in the manager's process alone, which knows the proxies' passwords. */
const MANAGER_ALONE = ["upstream-socks"];

/** Agents of programs inside have it, and no others: it needs sockets of the program's network. */
const OF_PROGRAMS_INSIDE = ["inside"];

test("a plugin has the name that it is listed under", async () => {
  assert.deepEqual(
    (await loadBuiltins()).map(({ name }) => name),
    BUILTINS.map(({ name }) => name),
  );
});

test("an agent has the very parts that the built-in plugins have on hosts", async () => {
  const others = [...MANAGER_ALONE, ...OF_PROGRAMS_INSIDE];
  const onHosts = (await loadBuiltins()).filter(({ host, name }) => host !== undefined && !others.includes(name));
  assert.deepEqual(
    BUILTIN_PARTS.map(({ name }) => name),
    onHosts.map(({ name }) => name),
  );
  for (const [at, { name, host }] of BUILTIN_PARTS.entries()) {
    const other = onHosts[at]?.host;
    assert.ok(host && "load" in host && other && "load" in other, name);
    const part = await host.load();
    assert.equal(part, await other.load(), name);
    assert.equal(part.name, name);
  }
});
