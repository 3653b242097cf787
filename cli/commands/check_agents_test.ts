// What `check` says of agents: which hosts are sent one, which, how large, and in which ways.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type AgentChoice, NoRouterError } from "../../core/mod.ts";
import { agentFile } from "../../tests/support/fake_host.ts";
import { check } from "./check.ts";
import { agentLines, engineSize, type SentAgents } from "./check_agents.ts";

const MANIFEST = `hosts:
  here: {vip: 127.0.0.2}
  web: {vip: 127.0.0.3, lxc: web}
  own: {vip: 127.0.0.4, ssh: own, agent: runtime}
  old: {vip: 127.0.0.5, cmd: [docker, exec, -i, old], install: true, agent: bun}
  hand: {vip: 127.0.0.6, cmd: ssh hand norouter}
  box: {vip: 127.0.0.7, docker: box}
  shut: {vip: 127.0.0.8, podman: {container: shut, enter: network}}
  pod: {vip: 127.0.0.10, kubectl: {pod: web-0, enter: network, enterImage: busybox}}
  near: {vip: 127.0.0.9, docker: {container: near, enter: network, nsenter: true}}
`;

async function checked(json: boolean, agent?: AgentChoice): Promise<string> {
  const out: string[] = [];
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => assert.fail(text),
    readInput: () => Promise.resolve(new TextEncoder().encode(MANIFEST)),
  };
  assert.equal(await check({ file: "m.yaml", json, agent }, io), 0);
  return out.join("");
}

/** The lines about agents, in one. */
const told = (text: string) => text.split("\n# Agents that are sent, once for each version:\n#   ")[1]?.replaceAll(/\n# +/g, " ");

test("each host that is sent an agent says which, how large and in which way; no other does", async () => {
  const text = await checked(false);
  const script = "\\d+ KB \\(\\d+ KB packed\\)";
  const web = `web: a script for its own Node, Deno or Bun, ${script}, or else it and an engine, .+; through its shell`;
  const own = `own: a script for its own Node, Deno or Bun, ${script}; through its shell`;
  const old = "old: a program of about 109.0 MB \\(52.0 MB packed\\); through its shell";
  const box = "box: .+; through its shell, or without one copied into it, or beside it where it is read-only";
  const shut = "shut: .+; in a container beside it that shares its network";
  const pod = "pod: .+; in a container that is added to its pod and shares its network";
  const near = "near: .+; through a shell of this machine, in its network";
  assert.match(told(text) ?? "", new RegExp(`^${web} ${own} ${old} ${box} ${shut} ${pod} ${near}\\n$`));
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
});

test("what is asked for holds for hosts that do not say", async () => {
  assert.match(
    told(await checked(false, "engine")) ?? "",
    /^web: a script, \d+ KB .* and an engine, .* own: a script for its own/,
  );
  const { agents } = JSON.parse(await checked(true, "bun")) as { agents: SentAgents };
  assert.deepEqual(agents.hosts, [
    { host: "web", ways: ["shell"], choice: "bun" },
    { host: "own", ways: ["shell"], choice: "runtime" },
    { host: "old", ways: ["shell"], choice: "bun" },
    { host: "box", ways: ["shell"], choice: "bun" },
    { host: "pod", ways: ["ephemeral"], choice: "bun" },
    { host: "near", ways: ["nsenter"], choice: "bun" },
  ]);
  assert.deepEqual(Object.keys(agents.sizes), ["script", "program"]);
});

test("sizes and ways are words, and what is missing says why", () => {
  const host = { host: "a", choice: "engine" } as const;
  const script = { size: 225_000, packedSize: 79_000 };
  const engine = { size: 1_240_000, packedSize: 482_100 };
  const lines = (sent: SentAgents) => agentLines(sent).slice(1).join("").replaceAll(/# +/g, " ").trim();
  assert.equal(
    lines({ hosts: [{ ...host, ways: ["shell", "copy", "beside"] }], sizes: { script, engine }, missing: [] }),
    "a: a script, 225 KB (79 KB packed), and an engine, at most 1.2 MB (483 KB packed); through its shell, or without one copied into it, or beside it where it is read-only",
  );
  const two = ["a", "b"].map((name) => ({ ...host, host: name, ways: ["shell"] as const }));
  const why = "no engine for linux-x64: No package";
  const unknown = "which is missing";
  assert.equal(
    lines({ hosts: two, sizes: { script, engine: { unknown } }, missing: [why] }),
    ["a", "b"].map((name) => `${name}: a script, 225 KB (79 KB packed), and an engine, ${unknown}; through its shell`).join(" ") +
      ` ${why}`,
  );
  assert.deepEqual(agentLines({ hosts: [], sizes: {}, missing: [] }), []);
});

test("an engine that is there counts whether or not others are, and each of these is named", async () => {
  const engine = { ...agentFile("engine", new Uint8Array(1000)), path: "/engine" };
  const sized = async (arm64: "missing" | "built", x64: "there" | "missing") => {
    const missing: string[] = [];
    const found = await engineSize(missing, ({ arch }) => {
      const is = arch === "arm64" ? arm64 : x64;
      if (is === "missing") return Promise.reject(new NoRouterError("agent-unavailable", "No package"));
      return Promise.resolve(is === "there" ? engine : undefined);
    });
    return ["unknown" in found ? found.unknown : found.size, ...missing];
  };
  assert.deepEqual(await sized("missing", "there"), [1000, "no engine for linux-arm64: No package"]);
  assert.deepEqual(await sized("built", "there"), [1000]);
  assert.deepEqual(await sized("built", "missing"), ["built when a host first needs it", "no engine for linux-x64: No package"]);
  assert.equal((await sized("missing", "missing")).length, 3);
});
