#!/usr/bin/env node
// The `norouter` command: the compiled program in an installed package, the sources in a clone.

import { existsSync } from "node:fs";
import { leaveWithLauncher, runFile } from "./bootstrap.mjs";

// An agent has its link.
if (process.argv[2] !== "agent") leaveWithLauncher();

const compiled = new URL("../dist/cli/main.js", import.meta.url);
const sources = new URL("./main.ts", import.meta.url);

if (existsSync(sources)) {
  await runFile("cli/main.ts", process.argv.slice(2));
} else if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write(`norouter: This is Node ${process.versions.node}; version 22 or later was wanted\n`);
  process.exit(69);
} else await import(compiled.href);
