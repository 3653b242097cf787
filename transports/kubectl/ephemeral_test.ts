// Ephemeral containers for agents: which one is used, when another is added, how many, and how long one stays that nobody uses.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { childrenOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { startChild } from "../../tests/support/child.ts";
import type { Tool } from "../support/tool.ts";
import { ephemeralWords, HOLD, USE } from "./ephemeral.ts";
import { parsePod, selectorOf } from "./pod_facts.ts";

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly state?: object;
}

const RUNNING = { running: { startedAt: "now" } };
const ENDED = { terminated: { exitCode: 0, reason: "Completed" } };
const own = (at: number) => `norouter-${at.toString(16).padStart(8, "0")}`;

function podOf(containers: readonly Container[], phase = "Running"): object {
  return {
    kind: "Pod",
    metadata: { name: "web-0" },
    spec: { ephemeralContainers: containers.map(({ name, image = "busybox" }) => ({ name, image })) },
    status: { phase, ephemeralContainerStatuses: containers.map(({ name, state = RUNNING }) => ({ name, state })) },
  };
}

/** kubectl before a pod with these containers; one that is added becomes what `then` says, at the second look. */
function cluster(containers: readonly Container[], then: object = RUNNING, phase?: string) {
  const asked: string[][] = [];
  const there = [...containers];
  let looks = 0;
  const tool: Tool = {
    afterSilence: false,
    host: { name: "web" },
    output: async (argv) => {
      asked.push(argv.slice(1));
      if (argv[1] === "debug") {
        there.push({
          name: argv[argv.indexOf("--container") + 1] ?? "",
          image: argv[argv.indexOf("--image") + 1] ?? "",
          state: {},
        });
        return "";
      }
      const last = there.at(-1);
      if (there.length > containers.length && last && ++looks > 1) there.splice(-1, 1, { ...last, state: then });
      return JSON.stringify(podOf(there, phase));
    },
  };
  const wanted = { kubectl: ["kubectl"], target: "web-0", image: "busybox", profile: "baseline", podOf: async () => "pod/web-0" };
  return { asked, start: () => ephemeralWords(wanted, ["sh"], tool) };
}

test("one that runs is used again, and only one of the same image", async () => {
  const { asked, start } = cluster([
    { name: "debugger-x" },
    { name: own(1), image: "other" },
    { name: own(2), state: ENDED },
    { name: own(3) },
  ]);
  assert.deepEqual(await start(), ["kubectl", "exec", "-i", "web-0", "--container", own(3), "--", ...USE, "sh"]);
  assert.deepEqual(asked, [["get", "pod/web-0", "--output", "json"]]);
});

test("where none runs one is added, which stays the longer the more there were, and is waited for", async () => {
  for (const [ended, seconds] of [
    [0, "300"],
    [3, "2400"],
    [15, "86400"],
  ] as const) {
    const { asked, start } = cluster(Array.from({ length: ended }, (_, at) => ({ name: own(at), state: ENDED })));
    const words = await start();
    const [debug] = asked.filter(([verb]) => verb === "debug");
    assert.deepEqual(debug?.slice(0, 5), ["debug", "web-0", "--image", "busybox", "--container"]);
    assert.match(debug?.[5] ?? "", /^norouter-[0-9a-f]{8}$/);
    assert.equal(words[5], debug?.[5]);
    assert.deepEqual(debug?.slice(6, 13), ["--profile", "baseline", "--quiet", "--attach=false", "--", "sh", "-c"]);
    assert.deepEqual(debug?.slice(14), ["norouter", seconds]);
  }
});

test("a pod gets no more than 16", async () => {
  const { asked, start } = cluster(
    Array.from({ length: 16 }, (_, at) => ({ name: own(at), image: `image-${at}`, state: ENDED })),
  );
  await assert.rejects(start(), { code: "settings-refused", message: /^Pod has collected 16 containers of norouter/ });
  assert.equal(asked.length, 1);
});

test("one that waits is not doubled, and one that cannot start is told", async () => {
  const pulling = { waiting: { reason: "ImagePullBackOff", message: "Back-off\npulling" } };
  const broken = cluster([{ name: own(1), state: pulling }]);
  const message = 'Image "busybox" cannot be started in the pod: ImagePullBackOff: Back-off pulling';
  await assert.rejects(broken.start(), { code: "settings-refused", message });
  assert.equal(broken.asked.length, 1);
  const noShell = {
    terminated: { exitCode: 128, reason: "StartError", message: 'exec: "sh": executable file not found in $PATH' },
  };
  const without = cluster([], noShell);
  await assert.rejects(without.start(), { code: "no-shell" });
  await assert.rejects(cluster([], ENDED).start(), { code: "container-stopped" });
  await assert.rejects(cluster([], RUNNING, "Pending").start(), {
    code: "container-stopped",
    message: "Pod does not run (Pending)",
  });
});

test("what is no pod, or has other than plain labels, is told from one", () => {
  for (const odd of [undefined, 7, [], {}, { kind: "Pod" }, { kind: "Pod", metadata: { name: "-x" } }])
    assert.equal(parsePod(odd), undefined);
  const odd = { kind: "Pod", metadata: { name: "a" }, spec: { ephemeralContainers: { 0: 1 } }, status: 3 };
  assert.deepEqual(parsePod(odd), { name: "a", phase: "", own: [] });
  assert.equal(selectorOf({ spec: { selector: { matchLabels: { app: "web", tier: "front" } } } }), "app=web,tier=front");
  assert.equal(selectorOf({ spec: { selector: { app: "web" } } }), "app=web");
  for (const selector of [
    {},
    { matchLabels: {} },
    { matchLabels: { a: 1 } },
    { matchLabels: { a: "b" }, matchExpressions: [{}] },
  ])
    assert.equal(selectorOf({ spec: { selector } }), undefined);
});

test("a container stays while it is used, and ends when it is not", {
  skip: process.platform !== "linux" && "needs /proc",
}, async () => {
  const faster = HOLD.replace("sleep 5", "sleep 0.05")
    .replaceAll("norouter[-]use", "norouter[-]test")
    .replace("$((left - 5))", "$((left - 1))");
  const use = await startChild([...USE.slice(0, -1), "norouter-test", "cat"]);
  const holder = await startChild(["sh", "-c", faster, "norouter", "3"]);
  let hasEnded = false;
  void holder.exited.then(() => {
    hasEnded = true;
  });
  const pauses = new Set<number>();
  const counted = () => {
    for (const { pid, argv } of childrenOf(holder.pid)) if (argv[0] === "sleep") pauses.add(pid);
    return pauses.size > 6 || hasEnded;
  };
  await waitFor(counted, { what: "more pauses than it has without use", everyMs: 1 });
  assert.equal(hasEnded, false);
  use.process.stdin?.end();
  assert.equal((await use.exited).code, 0);
  assert.equal((await holder.exited).code, 0);
  await Promise.all([use.stop(), holder.stop()]);
});
