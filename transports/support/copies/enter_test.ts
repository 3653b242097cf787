// Entering a container's network: which settings fit together, the words of nsenter, and whose processes it takes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { parseManifest } from "../../../core/manifest/mod.ts";
import { KEYS } from "../../../tests/support/builtin_keys.ts";
import type { Tool } from "../tool.ts";
import { byNsenter, nsenterWords } from "./nsenter.ts";

const skip = process.platform !== "linux" && "this needs Linux";

function told(key: string): string[] {
  const text = `hosts:\n  here: {vip: 127.0.0.2}\n  web: {vip: 127.0.0.3, ${key}}\n`;
  return parseManifest(text, "m.yaml", KEYS).diagnostics.map(({ message }) => message);
}

test("fields that do not fit together are told, with those that do", () => {
  const cases: readonly [key: string, ...messages: string[]][] = [
    ["docker: {container: web, enter: network}"],
    ["docker: {container: web, enter: network, user: app, host: 'ssh://far'}, agent: engine"],
    ["podman: {container: web, enter: network, nsenter: true}, agent: runtime"],
    ["docker: {container: web, nsenter: true}", "'docker.nsenter' of host 'web' stands without 'enter'"],
    [
      "docker: {container: web, enter: network}, agent: bun",
      "'docker.enter' of host 'web' stands beside 'agent: bun', but only the engine runs beside a container",
    ],
    [
      "docker: {container: web, enter: network, nsenter: true, user: app, context: far}",
      "'docker.user' of host 'web' stands beside 'nsenter', with which the agent runs as the user of norouter",
      "'docker.nsenter' of host 'web' stands beside 'context', but 'nsenter' reaches containers of this machine only",
    ],
    [
      "podman: {container: web, enter: network, nsenter: true, url: 'ssh://far'}",
      "'podman.nsenter' of host 'web' stands beside 'url', but 'nsenter' reaches containers of this machine only",
    ],
  ];
  for (const [key, ...messages] of cases) assert.deepEqual(told(key), messages, key);
  assert.deepEqual(told("docker: {image: web, enter: network, args: [--init]}, agent: engine"), []);
  assert.match(told("docker: {container: web, enter: processes}").join(), /'docker.enter' is .*'?network'? was wanted/);
});

test("a folder for an agent that is kept in an image is warned of, and one for an agent of this machine is not", () => {
  const warned = [
    "'docker.enter' of host 'web' stands beside 'agentDir', which has no effect: the agent is kept in an image of its own",
  ];
  const text = (key: string) => `hosts:\n  here: {vip: 127.0.0.2}\n  web: {vip: 127.0.0.3, ${key}, agentDir: /opt}\n`;
  const found = (key: string) => parseManifest(text(key), "m.yaml", KEYS);
  const { diagnostics, manifest } = found("docker: {container: web, enter: network}");
  assert.deepEqual(
    diagnostics.map(({ severity, message }) => [severity, message]),
    [["warning", ...warned]],
  );
  assert.notEqual(manifest, undefined);
  for (const fits of ["docker: {container: web, enter: network, nsenter: true}", "docker: web"])
    assert.deepEqual(found(fits).diagnostics, [], fits);
});

const saying = (said: string): Tool => ({ afterSilence: false, host: { name: "web" }, output: () => Promise.resolve(said) });

/** What stands in the mounts of this process, and so could be a container's id. */
const OWN = skip ? "" : (readFileSync("/proc/self/mountinfo", "utf8").split(" ")[4] ?? "");

test("the shell gets the container's network and its names, and a process of another machine is not taken for its own", {
  skip,
}, async () => {
  const words = (said: string, tool = "podman") => nsenterWords({ tool: [tool], container: "web" }, ["sh"], saying(said));
  const found = await words(`${OWN}\t${process.pid}\t/run/hosts\t/run/resolv\n`);
  const root = process.getuid?.() === 0;
  assert.deepEqual(found.slice(0, root ? 0 : 2), root ? [] : ["podman", "unshare"]);
  assert.deepEqual(found.slice(root ? 0 : 2, -9), [
    "nsenter",
    "--target",
    `${process.pid}`,
    "--net",
    "--",
    "unshare",
    "--mount",
    "--",
  ]);
  const last = ["sh", `${process.pid}`, OWN, "/run/hosts", "/run/resolv", "sh"];
  assert.deepEqual([found.at(-9), ...found.slice(-6)], ["sh", ...last]);
  await assert.rejects(words("cafe\t0\t\t\n"), { code: "container-stopped" });
  await assert.rejects(words(`${"cafe".repeat(16)}\t${process.pid}\t\t\n`), { code: "settings-refused" });
  if (!root) await assert.rejects(words(`${OWN}\t${process.pid}\t\t\n`, "docker"), { code: "access-denied" });
});

test("a number that another process got meanwhile is not taken for the container's", { skip }, async () => {
  const words = await nsenterWords({ tool: ["podman"], container: "web" }, ["echo", "in"], saying(`${OWN}\t${process.pid}\t\t`));
  const script = (id: string) => [...words.slice(words.indexOf("-c"), -5), id, "", "", "echo", "in"];
  const run = (id: string) => spawnSync("sh", script(id), { encoding: "utf8" });
  assert.equal(run(OWN).stdout, "in\n");
  const { status, stdout, stderr } = run("cafe".repeat(16));
  assert.deepEqual([status, stdout, stderr], [77, "", "Container ended meanwhile\n"]);
});

test("a process that has ended, or never was, is seen", { skip }, async () => {
  const runs = (pid: number) =>
    byNsenter(() => ({ tool: [], container: "" }))
      .watch?.(["nsenter", "--target", `${pid}`])
      ?.runs(new AbortController().signal);
  assert.equal(await runs(process.pid), true);
  assert.equal(await runs(2 ** 30), false);
});
