// An instance of a real LXD is started and stopped, also one that does not end when it is asked to.

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { lxcTransport } from "../../../transports/lxc/mod.ts";
import { needs } from "../../support/engines.ts";
import { ONCE } from "../../support/lab.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startLxd } from "../../support/real/lxd_engine.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";
import { starting } from "../../support/starting.ts";

describe("the starter of lxc", { skip: ONCE || needs(...NEEDED.lxc) }, () => {
  let engine: ContainerEngine;
  const former = { ...process.env };
  const call = (...args: string[]) => must(["lxc", ...args], engine.env);
  const statusOf = async (name: string) => (await call("list", name, "--columns=s", "--format=csv")).trim();
  before(async () => {
    engine = await startLxd();
    Object.assign(process.env, engine.env);
    await engine.run({ name: "web", args: ["--config", "boot.host_shutdown_timeout=1"] });
  });
  after(async () => {
    process.env = former;
    await engine?.stop();
  });

  test("it is stopped in the time that it has for that, and started again", { timeout: 60_000 }, async () => {
    const web = await starting(lxcTransport, "web");
    assert.equal(await web.start(), "running");
    await web.stop();
    assert.equal(await statusOf("web"), "STOPPED");
    await web.stop();
    assert.equal(await web.start(), "started");
    assert.equal(await statusOf("web"), "RUNNING");
    assert.deepEqual(web.steps, ["starting instance"]);
    await engine.kill9("web");
    await web.stop();
    assert.equal(await statusOf("web"), "STOPPED");
  });

  test("one that is frozen is left alone, one that is not there need not be stopped", { timeout: 60_000 }, async () => {
    const web = await starting(lxcTransport, "web");
    assert.equal(await web.start(), "started");
    await engine.pause("web");
    const frozen = { code: "container-stopped", message: /^Instance "web" is frozen; 'lxc start' lets it go on$/ };
    await assert.rejects(web.start(), frozen);
    await assert.rejects(web.stop(), frozen);
    await engine.unpause("web");
    const none = await starting(lxcTransport, "none");
    await assert.rejects(none.start(), { code: "container-missing" });
    await none.stop();
  });
});
