// Which agent a host gets, and why: what it has against what is asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentChoice } from "../../../core/mod.ts";
import type { HostRuntime, ProbeFacts } from "./facts.ts";
import { choicesOf, plansFor, whyKept } from "./plan.ts";

const VERSION = "7.7.7";
const PLACE = { path: "/home/me/.norouter", room: undefined };
const NODE: HostRuntime = { name: "node", path: "/usr/bin/node", version: "24.1.0", file: "1 a" };
const OLD: HostRuntime = { name: "node", path: "/opt/node", version: "18.20.0", file: "2 b" };
const LINUX: ProbeFacts = {
  machine: "Linux x86_64",
  folders: [PLACE],
  programFolders: [PLACE],
  refused: [],
  runtimes: [],
  norouter: undefined,
  glibc: true,
  memory: 2_000_000,
  tools: new Set(["head", "gzip"]),
};
const MAC: ProbeFacts = { ...LINUX, machine: "Darwin arm64" };
const PLACED = { path: "/usr/bin/norouter", version: VERSION };

const CASES: readonly (readonly [what: Partial<ProbeFacts>, choice: AgentChoice, why: string])[] = [
  [LINUX, "auto", "engine: host has no Node, Deno or Bun"],
  [{ ...LINUX, machine: "Linux aarch64" }, "auto", "engine: host has no Node, Deno or Bun"],
  [{ ...LINUX, runtimes: [NODE] }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, runtimes: [NODE], programFolders: [], folders: [] }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, runtimes: [NODE], memory: undefined }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, runtimes: [NODE], memory: 65_536 }, "auto", "engine: host has 64 MiB of memory, too little for node 24.1.0"],
  [{ ...LINUX, runtimes: [NODE], memory: 65_536, programFolders: [] }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...MAC, runtimes: [NODE], memory: 65_536 }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, runtimes: [NODE], memory: 65_536 }, "runtime", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, runtimes: [OLD] }, "auto", "engine: node 18.20.0 at /opt/node is too old"],
  [{ ...LINUX, runtimes: [OLD, NODE] }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, norouter: PLACED }, "auto", "norouter 7.7.7: found at /usr/bin/norouter"],
  [{ ...LINUX, norouter: { ...PLACED, version: "7.7.6" } }, "auto", "engine: host has no Node, Deno or Bun"],
  [MAC, "auto", "program made with Bun: there is no engine for Darwin arm64"],
  [{ ...MAC, runtimes: [NODE] }, "auto", "node 24.1.0: found at /usr/bin/node"],
  [{ ...LINUX, machine: "Linux riscv64" }, "auto", "program made with Bun: there is no engine for Linux riscv64"],
  [{ ...LINUX, runtimes: [NODE], norouter: PLACED }, "engine", "engine: asked for"],
  [{ ...LINUX, runtimes: [NODE], norouter: PLACED }, "bun", "program made with Bun: asked for"],
  [{ ...LINUX, runtimes: [NODE], norouter: PLACED }, "runtime", "node 24.1.0: found at /usr/bin/node"],
];

test("a host gets what is asked for, or the first that it can run, and is told why", () => {
  for (const [facts, choice, why] of CASES) assert.equal(plansFor({ ...LINUX, ...facts }, VERSION, choice)[0].why, why);
});

test("what may be done where the preferred form cannot be had: the next form for 'auto', nothing for what is asked for", () => {
  const kinds = (facts: Partial<ProbeFacts>, choice: AgentChoice = "auto") =>
    plansFor({ ...LINUX, ...facts }, VERSION, choice)
      .map(({ kind }) => kind)
      .join(" ");
  assert.equal(kinds({ runtimes: [NODE], memory: 65_536 }), "engine script");
  assert.equal(kinds({ runtimes: [NODE] }), "script engine");
  assert.equal(kinds({}), "engine");
  assert.equal(kinds({ runtimes: [NODE], memory: 65_536 }, "engine"), "engine");
});

const REFUSED: readonly (readonly [what: Partial<ProbeFacts>, choice: AgentChoice, error: string])[] = [
  [{}, "runtime", "agent-unavailable: A runtime is asked for, but host has no Node, Deno or Bun"],
  [{ runtimes: [OLD] }, "runtime", "agent-unavailable: A runtime is asked for, but node 18.20.0 at /opt/node is too old"],
  [MAC, "engine", "agent-unavailable: The engine is for Linux on x64 and arm64, and the host is Darwin arm64"],
  [{ tools: new Set() }, "auto", "agent-unavailable: Host has no 'head', which receiving an agent needs"],
  [
    { programFolders: [], refused: ["/home/me/.norouter: Permission denied", "/tmp/.norouter-1: Read-only file system"] },
    "auto",
    "no-place: Host starts no programs from where it can be written to (/home/me/.norouter: Permission denied; /tmp/.norouter-1: Read-only file system), and it has no JavaScript runtime",
  ],
  [
    { programFolders: [], folders: [], runtimes: [NODE] },
    "engine",
    "no-place: Host has no folder that can be written to, and its JavaScript runtime is not asked for",
  ],
  [{ memory: 16_384 }, "bun", "out-of-memory: An agent made with Bun needs 96 MiB of memory, and the host has 16 MiB"],
  [{ ...MAC, memory: 65_536 }, "auto", "out-of-memory: An agent made with Bun needs 96 MiB of memory, and the host has 64 MiB"],
];

test("what the host cannot run is refused, and nothing else is sent", () => {
  for (const [facts, choice, error] of REFUSED) {
    assert.throws(
      () => plansFor({ ...LINUX, ...facts }, VERSION, choice),
      (thrown: Error & { code?: string }) => {
        assert.equal(`${thrown.code}: ${thrown.message}`, error);
        return true;
      },
    );
  }
});

test("an agent that is kept is told with the reason that holds now", () => {
  const cases: readonly (readonly [why: string, choice: AgentChoice, now: string])[] = [
    ["engine: host has no Node, Deno or Bun", "auto", "engine: host has no Node, Deno or Bun"],
    ["engine: host has no Node, Deno or Bun", "engine", "engine: asked for"],
    ["engine: asked for", "auto", "engine: kept from when it was asked for"],
    ["program made with Bun: there is no engine for Linux riscv64", "bun", "program made with Bun: asked for"],
    ["node 24.1.0: found at /usr/bin/node", "runtime", "node 24.1.0: found at /usr/bin/node"],
  ];
  for (const [why, choice, now] of cases) assert.equal(whyKept(why, choice), now);
});

test("an agent that is kept serves whoever would get the same", () => {
  const serves = (facts: Partial<ProbeFacts>, choice: AgentChoice) => {
    const all = { ...LINUX, ...facts };
    return choicesOf(plansFor(all, VERSION, choice)[0], all, VERSION).join(" ");
  };
  assert.equal(serves({}, "auto"), "auto engine");
  assert.equal(serves({}, "engine"), "auto engine");
  assert.equal(serves({}, "bun"), "bun");
  assert.equal(serves({ runtimes: [NODE] }, "auto"), "auto runtime");
  assert.equal(serves({ runtimes: [NODE] }, "engine"), "engine");
  assert.equal(serves(MAC, "auto"), "auto bun");
});
