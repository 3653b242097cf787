// Containers of real engines are started and stopped, or made of an image and removed, whatever happens to them meanwhile.

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { starterCases } from "../../../conformance/starter_cases.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type NoRouterError, type Plugin, registerPlugins } from "../../../core/mod.ts";
import { dockerTransport } from "../../../transports/docker/mod.ts";
import { podmanTransport } from "../../../transports/podman/mod.ts";
import { needs } from "../../support/engines.ts";
import { ONCE } from "../../support/lab.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, must, pipeThrough } from "../../support/real/real.ts";
import { type StartedHost, type StartingOptions, settingsOfKey, starting } from "../../support/starting.ts";

const IMAGE = "norouter-busybox";

function containers(kind: "docker" | "podman", plugin: Plugin, startEngine: () => Promise<ContainerEngine>): void {
  describe(`the starter of ${kind}`, { skip: ONCE || needs(...NEEDED[kind]) }, () => {
    let engine: ContainerEngine;
    let before_: NodeJS.ProcessEnv;
    const call = (...args: string[]) => must([kind, ...args], engine.env);
    const host = (value: unknown, options?: StartingOptions) => starting(plugin, value, options);
    const statusOf = async (name: string) => (await call("inspect", "-f", "{{.State.Status}}", name)).trim();
    const made = async () => (await call("ps", "-a", "--filter", "label=norouter.host", "--format", "{{.Names}}")).trim();
    const idOf = async (name: string) => (await call("inspect", "-f", "{{.Id}}", name)).trim();
    const ofImage = (more: object = {}, options?: StartingOptions) => {
      const { CONTAINERS_CONF: conf } = engine.env; // what the engine's guard removes is named like its folder
      const group = conf === undefined ? [] : ["--cgroup-parent", `/${basename(dirname(conf))}`];
      const { args = [], ...rest } = more as { args?: string[] };
      const command = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"];
      return host({ image: IMAGE, args: ["--network=none", ...group, ...args], command, ...rest }, options);
    };
    before(async () => {
      engine = await startEngine();
      before_ = { ...process.env };
      Object.assign(process.env, engine.env);
      await engine.run({ name: "web", args: ["--stop-timeout", "1"] });
    });
    after(async () => {
      process.env = before_;
      await engine?.stop();
    });

    test("a container that is there is started and stopped; one that runs is left to whoever started it", async () => {
      const web = await host("web");
      assert.equal(await web.start(), "running");
      await web.stop();
      assert.equal(await statusOf("web"), "exited");
      await web.stop();
      assert.equal(await web.start(), "started");
      assert.equal(await statusOf("web"), "running");
      assert.deepEqual(web.steps, ["starting container"]);
      await engine.kill9("web");
      await web.stop();
      assert.equal(await web.start(), "started");
      await assert.rejects((await host("nope")).start(), { code: "container-missing", message: /"nope"/ });
      await (await host("nope")).stop();
    });

    test("a container that is paused is neither started nor stopped", async () => {
      await engine.pause("web");
      const paused = { code: "container-stopped", message: new RegExp(`is paused; '${kind} unpause'`) };
      await assert.rejects((await host("web")).start(), paused);
      await assert.rejects((await host("web")).stop(), paused);
      await engine.unpause("web");
    });

    test("one that ends at once is told with its code and its last words, and nothing of its environment", async () => {
      const command = ["sh", "-c", "echo out; echo no config >&2; exit 3"];
      await engine.run({ name: "broken", command, args: ["--env", "SECRET=hunter22"] });
      await waitFor(async () => (await statusOf("broken")) === "exited", { what: "its end" });
      const ended = { code: "container-ended", message: /^Container ended with exit code 3: .*no config/ };
      await assert.rejects(restarted(await host("broken")), ended);
      const words = ["--env", "SECRET=hunter22"];
      const told = await restarted(await ofImage({ command: ["sh", "-c", "echo got $SECRET; exit 4"], args: words })).catch(
        String,
      );
      assert.match(String(told), /exit code 4: got \*+$/);
      assert.equal(await made(), "");
    });

    test("one that ends before an agent is there is told the same way", async () => {
      const one = await ofImage({ command: ["sh", "-c", "sleep 0.5; echo no config; exit 5"] });
      assert.equal(await one.start(), "started");
      await waitFor(async () => (await statusOf(await made())) === "exited", { what: "its end" });
      const { error } = await one.open();
      assert.deepEqual([error?.code, error?.message], ["container-ended", "Container ended with exit code 5: no config"]);
      await one.stop();
      assert.equal((await one.open()).error?.code, "container-missing");
    });

    test("a container is made of an image, found again by another manager, and removed", async () => {
      const one = await ofImage();
      assert.equal(await one.start(), "started");
      const name = await made();
      assert.match(name, /^norouter-test-web-[0-9a-f]{8}$/);
      const id = await idOf(name);
      const again = await ofImage();
      assert.equal(await again.start(), "started");
      assert.equal(await idOf(name), id);
      const labels = await call(
        "inspect",
        "-f",
        '{{index .Config.Labels "norouter.host"}} {{index .Config.Labels "norouter.network"}}',
        name,
      );
      assert.equal(labels.trim(), "web test");
      const other = await ofImage({}, { network: { name: "test", folder: "/there" } });
      await other.stop();
      assert.equal(await made(), name);
      await again.stop();
      assert.equal(await made(), "");
      await again.stop();
    });

    test("one that was killed, or is made of something else by now, is made anew", async () => {
      const one = await ofImage();
      await one.start();
      const name = await made();
      const first = await idOf(name);
      await engine.kill9(name);
      await one.start();
      const second = await idOf(name);
      assert.notEqual(second, first);
      const changed = await ofImage({ args: ["-e", "A=1"] });
      await changed.start();
      assert.notEqual(await idOf(name), second);
      await engine.kill9(name);
      await changed.stop();
      assert.equal(await made(), "");
    });

    test("a container of another by its name is left alone", async () => {
      const one = await ofImage({}, { name: "taken" });
      await one.start();
      const name = await made();
      await one.stop();
      await engine.run({ name, args: ["--stop-timeout", "1"] });
      await assert.rejects(one.start(), { code: "settings-refused", message: /was not made for this host/ });
      await one.stop();
      assert.equal(await statusOf(name), "running");
      await engine.remove(name);
    });

    test("what the engine refuses has its code, hides what may be secret, and leaves nothing", async () => {
      const cases: readonly [more: object, code: string, says: RegExp][] = [
        [{ image: "localhost:1/none:9" }, "image-missing", /none:9|localhost:1/],
        [{ command: ["/no/such"] }, "settings-refused", /"\/no\/such"/],
        [{ args: ["--no-such-option=hunter22"] }, "settings-refused", /--no-such-option/],
        [{ args: ["--env", "PASSWORD=hunter22", "--memory", "hunter22"] }, "settings-refused", /memory/],
      ];
      for (const [more, code, says] of cases) {
        const failure = await (await ofImage(more)).start().then(
          () => assert.fail("It started"),
          (thrown) => thrown,
        );
        assert.deepEqual([failure.code, says.test(failure.message)], [code, true], `${failure.code}: ${failure.message}`);
        assert.doesNotMatch(failure.message, /hunter22/);
        assert.equal(await made(), "");
      }
    });

    test("a start that is given up leaves nothing", async () => {
      const given = new AbortController();
      const one = await ofImage();
      const start = one.start(given.signal);
      await waitFor(() => one.steps.includes("starting container"), { what: "the start", everyMs: 1 });
      given.abort();
      await assert.rejects(start, { code: "link-closed" });
      assert.equal(await made(), "");
    });

    test("a start that meets the container's removal fails for now at most", async () => {
      const one = await ofImage();
      await one.start();
      const first = await idOf(await made());
      const removal = pipeThrough([kind, "rm", "-f", await made()], { env: engine.env });
      const [met] = await Promise.all([one.start().catch((thrown: NoRouterError) => thrown.code), removal]);
      assert.match(met, /^(?:started|container-missing|container-ended)$/);
      await one.start();
      assert.notEqual(await idOf(await made()), first);
      await one.stop();
      assert.equal(await made(), "");
    });

    for (const { name, run } of starterCases)
      test(`as any starter: ${name}`, async () => {
        const starter = registerPlugins([plugin]).starters.find(({ name: its }) => its === kind);
        assert.ok(starter);
        const settings = await settingsOfKey(plugin, "web");
        await call("stop", "web");
        const broken = { settings: await settingsOfKey(plugin, "nope") };
        await run({ starter, settings, broken, runs: async () => (await statusOf("web")) === "running" });
      });
  });
}

/** What came of a start; a container that ended right after it is asked again, as it does when an agent is wanted there. */
async function restarted(host: StartedHost): Promise<string> {
  for (let left = 20; left > 0; left--) await host.start();
  return "It runs";
}

containers("docker", dockerTransport, startDocker);
containers("podman", podmanTransport, startPodman);
