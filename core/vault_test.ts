// Secrets by id and revision: kept, changed, forgotten and never taken for one another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Vault } from "./vault.ts";

test("a value keeps its revision while it is the same; another one never has it, not even after a while", () => {
  const vault = new Vault();
  const put = (value: unknown, last?: number) => {
    const draft = vault.draft();
    const revision = value === undefined ? 0 : draft.put("route/0/keys/x", value, last);
    draft.commit();
    return revision;
  };
  assert.deepEqual([put("a"), put("a"), put("b"), put("a"), put(undefined), put("c"), put("d", 9)], [1, 1, 2, 3, 0, 4, 9]);
  assert.equal(vault.get("route/0/keys/x"), "d");
});

test("who knows an older revision gets nothing; one that is about to come is there before it is committed", () => {
  const vault = new Vault();
  const first = vault.draft();
  const old = first.put("id", "old");
  first.commit();
  const second = vault.draft();
  const now = second.put("id", "new");
  assert.deepEqual([vault.get("id", old), vault.get("id", now), vault.get("id")], ["old", "new", "old"]);
  second.commit();
  assert.deepEqual([vault.get("id", old), vault.get("id", now), vault.get("id")], [undefined, "new", "new"]);
  vault.draft().commit();
  assert.deepEqual([vault.get("id", now), vault.get("id")], [undefined, undefined]);
});
