// The program's entry: which file does which command. Must not do any of it.

import { readFile } from "node:fs/promises";
import { type Invocation, parseInvocation } from "./args.ts";
import type { Io } from "./load/io.ts";
import { passHangUp } from "./process/hang_up.ts";
import { runProgram } from "./process/program.ts";

const io: Io = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readInput,
};

/** Runs one command; commands are loaded when they are asked for. */
async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case "agent":
      return (await import("./agent.ts")).agent(invocation);
    case "agent bundle":
      return (await import("./commands/agent_bundle.ts")).agentBundle(invocation, io);
    case "run":
      return (await import("./commands/run.ts")).run(invocation, io);
    case "open-editor":
      return (await import("./commands/open_editor.ts")).openEditor(invocation, io);
    case "check":
      return (await import("./commands/check.ts")).check(invocation, io);
    case "explain":
      return (await import("./commands/explain.ts")).explain(invocation, io);
    case "env":
      return (await import("./commands/env.ts")).env(invocation, io);
    case "replay":
      return (await import("./commands/replay.ts")).replay(invocation, io);
    case "why":
      return (await import("./commands/why.ts")).why(invocation, io);
    case "status":
      return (await import("./commands/status.ts")).status(invocation, io);
    case "streams":
      return (await import("./commands/streams.ts")).streams(invocation, io);
    case "logs":
      return (await import("./commands/logs.ts")).logs(invocation, io);
    case "retry":
    case "reload":
    case "stop":
    case "add":
    case "remove":
      return (await import("./commands/change_network.ts")).changeNetwork(invocation, io);
    case "schema":
      return (await import("./commands/schema.ts")).schema(io);
    case "show-example":
      return (await import("./commands/show_example.ts")).showExample(io);
    case "show-installer":
      return (await import("./commands/show_installer.ts")).showInstaller(invocation, io);
    case "verify":
      return (await import("./commands/verify.ts")).verify(invocation, io);
    case "plugin new":
      return (await import("./commands/plugin_new.ts")).pluginNew(invocation, io);
    case "version":
      io.stdout(`${(await import("../core/version.ts")).VERSION}\n`);
      return 0;
    case "help":
      io.stdout((await import("./help.ts")).helpText(invocation.topic));
      return 0;
  }
}

async function readInput(file: string): Promise<Uint8Array> {
  if (file !== "-") return readFile(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

const isAgent = process.argv[2] === "agent" && process.argv[3] !== "bundle";
if (!isAgent) passHangUp();
// A network that ended in order has waited for its output, no longer than it may.
let hasWaited = false;
await runProgram({
  perform: async () => {
    const invocation = parseInvocation(process.argv.slice(2));
    const code = await perform(invocation);
    hasWaited = invocation.command === "run" && code === 0;
    return code;
  },
  watch: !isAgent,
  flush: () => !isAgent && !hasWaited,
});
