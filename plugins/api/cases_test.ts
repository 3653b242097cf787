// The API keeps the contract of an observer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { observerCases } from "../../conformance/observer_cases.ts";
import type { Observer } from "../../core/mod.ts";
import { socketFolder } from "../../tests/support/api_network.ts";
import { apiPlugin } from "./mod.ts";

for (const { name, run } of observerCases) {
  test(name, () => {
    const folders = [socketFolder()];
    const make = (): Observer => {
      let made: Observer | undefined;
      const context = { observer: (observer: Observer) => (made = observer) };
      apiPlugin({ name: "net", folders }).setup(context as unknown as Parameters<ReturnType<typeof apiPlugin>["setup"]>[0]);
      return made ?? assert.fail("no observer");
    };
    return run({ make });
  });
}
