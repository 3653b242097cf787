// Makes dist/, which is what the published package carries: the compiled sources, and the agent's script. Not needed to
// run a clone.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleAgent } from "../agents/bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
const compiler = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (compiler.status !== 0) process.exit(compiler.status ?? 1);
writeFileSync(`${root}dist/agent.mjs`, await bundleAgent());
