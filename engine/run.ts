// Runs the programs that build the engine.

import { spawn } from "node:child_process";
import { messageOf, NoRouterError } from "../core/errors.ts";

/** Last lines of what a program prints that explain a failure. */
const LAST_LINES = 12;

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end and returns what it prints on standard output.
 * @throws NoRouterError `agent-unavailable` when it is not there, or fails; with the last lines that it printed
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output, errors } = await start(program, args, options);
  if (code === 0) return output;
  const lines = `${output}\n${errors}`.trim().split("\n").slice(-LAST_LINES).join("\n");
  throw new NoRouterError("agent-unavailable", `The agent's engine could not be built, as '${program}' failed: ${lines}`);
}

/** Whether a program is there and runs. */
export async function runs(program: string): Promise<boolean> {
  try {
    return (await start(program, ["--version"], {})).code === 0;
  } catch {
    return false;
  }
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function start(program: string, args: readonly string[], { cwd, env }: RunOptions): Promise<Ended> {
  // Compilers and sed write other words in other languages, and musl's configure reads some.
  const variables = { ...process.env, LC_ALL: "C", ...env };
  const child = spawn(program, args, { cwd, env: variables, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      const message = `The agent's engine is built with '${program}', which cannot be run: ${messageOf(cause)}; ${HOW_TO_INSTALL}`;
      reject(new NoRouterError("agent-unavailable", message, { cause }));
    });
    child.on("close", (code) => resolve({ code, output, errors }));
  });
}

/** What a person does who has no compiler. */
export const HOW_TO_INSTALL = "on Debian 'apt-get install gcc make xz-utils' installs what is needed";
