// What the bench's server sends in the modes that end: a byte too many would be measured as the peer's own.
import assert from "node:assert/strict";
import { connect } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { startTarget } from "./helpers.ts";
import { MODE } from "./jobs.ts";

/** Nothing here differs between runtimes: the server always runs on the same one. */
const elsewhere = !process.version.startsWith("v24") || !!process.versions.bun || !!process.versions.deno;

/** Whatever comes back for a mode and an end. */
function heard(port: number, mode: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(mode));
    socket.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });
}

test("an end is answered with an end, but by the sink", { skip: elsewhere && "tested on Node 24" }, async () => {
  const target = await startTarget();
  try {
    assert.equal(await heard(target.port, MODE.answer), "a");
    assert.equal(await heard(target.port, MODE.echo), "");
    assert.equal(await heard(target.port, MODE.sink), "k");
  } finally {
    await target.stop();
  }
});
