// How a program ends: at once, with its own exit code, even while names are looked up that nobody answers for.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { PROJECT, runtimeArgv } from "../../tests/support/cli.ts";
import { needs } from "../../tests/support/engines.ts";
import { startUsernsHost } from "../../tests/support/userns_lab.ts";

/** Ends once its own look-up has been asked of the name server, which is itself and stays silent. */
const PROGRAM = `
import { createSocket } from "node:dgram";
import { lookup } from "node:dns";
import { runProgram } from ${JSON.stringify(`${PROJECT}/cli/process/program.ts`)};
const silent = createSocket("udp4");
await runProgram({
  watch: true,
  flush: () => true,
  perform: () => new Promise((resolve) => {
    silent.once("message", () => resolve(3));
    silent.bind(53, "127.0.0.1", () => lookup("nobody.example", () => undefined));
  }),
});
`;

test("a program ends at once while the system waits for a name server", { skip: needs("userns") }, async () => {
  const host = await startUsernsHost({ name: "silent", web: "none" });
  try {
    writeFileSync(`${host.home}/resolv.conf`, "nameserver 127.0.0.1\noptions timeout:30\n");
    writeFileSync(`${host.home}/program.mjs`, PROGRAM);
    const began = performance.now();
    const { code, stderr } = await host.run([...runtimeArgv(), `${host.home}/program.mjs`]);
    const seconds = (performance.now() - began) / 1000;
    assert.deepEqual([code, stderr], [3, ""]);
    assert.ok(seconds < 15, `it took ${seconds} s, and the name server's answer is waited for 30 s`);
  } finally {
    await host.stop();
  }
});
