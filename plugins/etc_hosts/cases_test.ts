// The front-end of /etc/hosts keeps the contract of a front-end.

import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type FrontEndSubject, frontEndCases } from "../../conformance/front_end_cases.ts";
import { PLUGIN_API } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { etcHostsFrontEnd } from "./host.ts";

for (const { name, leftOut, run } of frontEndCases) {
  test(name, async (context) => {
    const dir = tempDir("etc-hosts");
    const path = `${dir.path}/hosts`;
    writeFileSync(path, "127.0.0.1 localhost\n");
    const subject: FrontEndSubject = {
      part: { name: "etc-hosts", api: PLUGIN_API, setup: ({ frontEnd }) => frontEnd(etcHostsFrontEnd(path)) },
      wanted: [{ own: { writeEtcHosts: {} } }],
      idle: [{ own: {} }],
      isThere: async () => readFileSync(path, "utf8").includes("# BEGIN norouter"),
    };
    const why = leftOut?.(subject);
    if (why === undefined) await run(subject);
    else context.skip(why);
    dir.remove();
  });
}
