// The entry of the agent that is sent to hosts: the agent alone. Must not use a file of its own or its own address,
// because it also runs from a `data:` URL.

import { ownFolder } from "../agents/code_loader.ts";
import { ERRORS, NoRouterError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { agent } from "./agent.ts";
import { runProgram } from "./process/program.ts";

const ALONE = `This is norouter's agent alone, version ${VERSION}: 'norouter run' on another machine starts it as 'norouter agent', and by hand it knows 'norouter version'`;

const folder = ownFolder(process.cwd());
process.chdir("/"); // it is started in its own folder, which a newer agent removes

const [command, ...more] = process.argv.slice(2).filter((word) => word !== "--debug");

async function perform(): Promise<number> {
  if (more.length === 0 && command === "agent") return agent({ debug: process.argv.includes("--debug"), folder });
  if (more.length > 0 || !["version", "--version", "-V"].includes(command ?? "")) throw new NoRouterError("usage", ALONE);
  process.stdout.write(`${VERSION}\n`);
  return 0;
}

/** The advice for a wrong command line is to ask for help, which the agent alone does not have. */
async function withoutAdvice(): Promise<number> {
  try {
    return await perform();
  } catch (thrown) {
    if (!(thrown instanceof NoRouterError) || thrown.code !== "usage") throw thrown;
    process.stderr.write(`norouter: ${thrown.message}\n`);
    return ERRORS.usage.exit;
  }
}

await runProgram({ perform: withoutAdvice, watch: command !== "agent", flush: () => command !== "agent" });
