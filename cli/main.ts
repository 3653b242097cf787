// The program's entry: which file does which command. Must not do any of it.

import { readFile } from "node:fs/promises";
import { helpFor, parseInvocation } from "./args.ts";
import type { ChangeArgs } from "./commands/change_network.ts";
import type { Invocation } from "./invocation.ts";
import type { Io } from "./load/io.ts";
import { keepCompiled } from "./process/compile_cache.ts";
import { passHangUp } from "./process/hang_up.ts";
import { runProgram } from "./process/program.ts";

const io: Io = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readInput,
};

/** What runs each command; it is loaded when the command is asked for. */
const COMMANDS: { readonly [Name in Invocation["command"]]: (invocation: Invocation & { command: Name }) => Promise<number> } = {
  agent: async (invocation) => (await import("./agent.ts")).agent(invocation),
  serve: async (invocation) => (await import("./commands/serve.ts")).serve(invocation, io),
  exec: async (invocation) => (await import("./commands/exec.ts")).exec(invocation, io),
  "agent bundle": async (invocation) => (await import("./commands/agent_bundle.ts")).agentBundle(invocation, io),
  run: async (invocation) => (await import("./commands/run.ts")).run(invocation, io),
  "open-editor": async (invocation) => (await import("./commands/open_editor.ts")).openEditor(invocation, io),
  check: async (invocation) => (await import("./commands/check.ts")).check(invocation, io),
  explain: async (invocation) => (await import("./commands/explain.ts")).explain(invocation, io),
  env: async (invocation) => (await import("./commands/env.ts")).env(invocation, io),
  replay: async (invocation) => (await import("./commands/replay.ts")).replay(invocation, io),
  why: async (invocation) => (await import("./commands/why.ts")).why(invocation, io),
  status: async (invocation) => (await import("./commands/status.ts")).status(invocation, io),
  streams: async (invocation) => (await import("./commands/streams.ts")).streams(invocation, io),
  traffic: async (invocation) => (await import("./commands/traffic.ts")).traffic(invocation, io),
  ls: async (invocation) => (await import("./commands/ls.ts")).ls(invocation, io),
  logs: async (invocation) => (await import("./commands/logs.ts")).logs(invocation, io),
  retry: changeNetwork,
  drain: changeNetwork,
  reload: changeNetwork,
  start: changeNetwork,
  stop: changeNetwork,
  add: changeNetwork,
  remove: changeNetwork,
  schema: async () => (await import("./commands/schema.ts")).schema(io),
  "show-example": async () => (await import("./commands/show_example.ts")).showExample(io),
  "show-installer": async (invocation) => (await import("./commands/show_installer.ts")).showInstaller(invocation, io),
  verify: async (invocation) => (await import("./commands/verify.ts")).verify(invocation, io),
  "plugin new": async (invocation) => (await import("./commands/plugin_new.ts")).pluginNew(invocation, io),
  version: async () => printed(`${(await import("../core/version.ts")).VERSION}\n`),
  help: async ({ topic }) => printed((await import("./help.ts")).helpText(topic)),
};

/** Commands that change a network that runs. */
async function changeNetwork(invocation: ChangeArgs): Promise<number> {
  return (await import("./commands/change_network.ts")).changeNetwork(invocation, io);
}

function printed(text: string): 0 {
  io.stdout(text);
  return 0;
}

async function perform<Name extends Invocation["command"]>(invocation: Invocation & { command: Name }): Promise<number> {
  return COMMANDS[invocation.command](invocation);
}

async function readInput(file: string): Promise<Uint8Array> {
  if (file !== "-") return readFile(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

const isAgent = process.argv[2] === "agent" && process.argv[3] !== "bundle";
if (!isAgent) passHangUp();
await keepCompiled();
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
  adviceFor: ({ code }) => (code === "usage" ? `See '${helpFor(process.argv.slice(2))}'` : undefined),
});
