// The cases of transports on a real host of every kind, through `norouter verify`: with a far end that runs on the engine, one that
// is a program, and one that runs on the host's own runtime.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { verify } from "../../../cli/commands/verify.ts";
import type { AgentChoice } from "../../../core/mod.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE } from "../../support/lab.ts";
import { KINDS, type Kind, NEEDED, startKind } from "../../support/real/kinds.ts";
import type { ContainerOptions } from "../../support/real/real.ts";

/** Sets variables of this process, as the tools of an engine want them, and gives back what puts them right again. */
function withEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

async function verified(kind: Kind, options: Omit<ContainerOptions, "name">, agent?: AgentChoice): Promise<void> {
  const host = await startKind(kind, options);
  const restore = withEnvironment(host.env);
  const lines: string[] = [];
  try {
    const io = { stdout: (text: string) => void lines.push(text.trimEnd()) };
    const code = await verify({ specifier: kind, settings: JSON.stringify({ ...host.way, agent }), json: false }, io);
    const bad = lines.filter((line) => !line.startsWith("ok "));
    assert.deepEqual([code, bad], [0, []]);
    assert.ok(lines.length > 10, lines.join("\n"));
  } finally {
    restore();
    await host.stop();
  }
}

const noEngine = await withoutEngine();

for (const kind of KINDS) {
  test(`${kind} keeps the contract on a real host`, { skip: ONCE || needs(...NEEDED[kind]) || noEngine }, () =>
    verified(kind, {}),
  );
}

test("so does docker where the host has Node", { skip: ONCE || needs(...NEEDED.docker) }, () =>
  verified("docker", { image: "node" }),
);

test("so does docker with a program", { skip: ONCE || needs(...NEEDED.docker) }, () => verified("docker", {}, "bun"));

const READ_ONLY = ["--read-only"];
for (const [what, args] of [
  ["has no shell", []],
  ["has no shell and a read-only root", READ_ONLY],
] as const) {
  test(`so does docker where the container ${what}`, { skip: ONCE || needs(...NEEDED.docker) || noEngine }, () =>
    verified("docker", { image: "bare", args }),
  );
}
