// The state directory keeps the contract of a front-end.

import { existsSync } from "node:fs";
import { test } from "node:test";
import { type FrontEndSubject, frontEndCases } from "../../conformance/front_end_cases.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { stateDirHost } from "./host.ts";

for (const { name, leftOut, run } of frontEndCases) {
  test(name, async (context) => {
    const dir = tempDir("state-dir");
    const inFolder = (folder: string) => [{ own: { loopback: {}, stateDir: { pathOnAgent: `${dir.path}/${folder}` } } }];
    const subject: FrontEndSubject = {
      part: stateDirHost,
      wanted: inFolder("one"),
      moved: inFolder("two"),
      idle: [{ own: {} }],
      isThere: async (address) => existsSync(`${address}/hosts`),
    };
    const why = leftOut?.(subject);
    if (why === undefined) await run(subject);
    else context.skip(why);
    dir.remove();
  });
}
