// What the API's socket costs a network that is never asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { PROJECT, RUNS_ON, runtimeArgv } from "../../tests/support/cli.ts";
import { tempDir } from "../../tests/support/lifetime.ts";

/** Says whether HTTP is loaded, before and after the first client. */
const PROGRAM = `import { connect } from "node:net";
import { serveApi } from "${PROJECT}/plugins/api/server.ts";
const path = process.argv.at(-1);
const isLoaded = () => process.moduleLoadList.includes("NativeModule _http_server");
const server = await serveApi({ path, called: "net", control: {}, streams: {}, debug: () => undefined });
console.log(isLoaded());
const client = connect({ path }).on("data", () => {
  console.log(isLoaded());
  client.destroy();
  void server.stop();
});
client.write("GET /none HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
`;

test("what speaks HTTP is loaded for the first client", { skip: RUNS_ON !== "node" && "only Node tells" }, async () => {
  const dir = tempDir("api");
  try {
    const words = [...runtimeArgv(), "--input-type=module", "-e", PROGRAM, "--", `${dir.path}/net.sock`];
    const { stdout, stderr } = await runToEnd(words);
    assert.equal(stdout, "false\ntrue\n", stderr);
  } finally {
    dir.remove();
  }
});
