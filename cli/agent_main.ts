// The entry of the agent that is sent to hosts: the agent alone. Must not use a file of its own or its own address,
// because it also runs from a `data:` URL.

import { NoRouterError } from "../core/errors.ts";
import { agent } from "./agent.ts";
import { runProgram } from "./program.ts";
import { VERSION } from "./version.ts";

const words = process.argv.slice(2).filter((word) => word !== "--debug");
const [command = "agent"] = words;

async function perform(): Promise<number> {
  if (words.length > 1 || !["agent", "version", "--version", "-V"].includes(command)) {
    throw new NoRouterError("usage", "This is norouter's agent alone; it knows the commands 'agent' and 'version'");
  }
  if (command === "agent") return agent({ debug: process.argv.includes("--debug") });
  process.stdout.write(`${VERSION}\n`);
  return 0;
}

await runProgram({ perform, flush: command !== "agent" });
