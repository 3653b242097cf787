#!/usr/bin/env node
// The `norouter` command: the compiled program in an installed package, the sources in a clone.

import { existsSync } from "node:fs";

// npm's launchers (npx, npm start) pass no SIGTERM on: what they started leaves when they are gone. An agent has its link.
if (process.env.npm_command && process.argv[2] !== "agent") {
  const launcher = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(watch); // a second signal would mean "at once"
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

const compiled = new URL("../dist/cli/main.js", import.meta.url);
const sources = new URL("./main.ts", import.meta.url);

if (existsSync(sources)) {
  const { runFile } = await import("./bootstrap.mjs");
  await runFile("cli/main.ts", process.argv.slice(2));
} else if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write(`norouter: This is Node ${process.versions.node}; version 22 or later was wanted\n`);
  process.exit(69);
} else await import(compiled.href);
