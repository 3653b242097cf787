// One command of a step of the tests: shows what it prints, keeps the last of it, and ends it when it hangs.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PROJECT } from "./cli.ts";

/**
 * The longest step, with all real engines, takes some twelve minutes; one that takes longer than this hangs, and is ended with the names of
 * what still ran. A soak may go on.
 */
const LIMIT_MS = process.env.NOROUTER_TEST_SOAK === "1" ? 14_400_000 : 1_500_000;
/** Of what a command printed, so many characters are shown again when it failed: little more is kept of a build that was long. */
const SHOWN_AGAIN = 8000;
/** How long what a command left running may hold its output open before nobody waits for it any more. */
const HELD_OPEN_MS = 10_000;
/** What the runners' reporters print for each test. Deno's gives each a line of its own. */
const PROGRESS = /^[.,!X]+$/;
/** Figures, which say nothing of a failure. */
const FIGURE = /^# /;

/** How a command ended. */
export interface Ended {
  readonly passed: boolean;
  /** The last that it printed, without progress and figures. */
  readonly last: string;
}

/** Runs a command in the project's folder, with these variables beside those of this process. */
export function runStepCommand(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const [program = "", ...args] = argv;
  const output = new ShownOutput();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: PROJECT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    const limit = setTimeout(() => endHung(child, output), LIMIT_MS);
    let held: NodeJS.Timeout | undefined;
    let passed = false;
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", (line) => output.show(line));
    child.on("error", ({ message }) => output.show(`${program} could not be started: ${message}`));
    child.on("exit", (code) => {
      passed = code === 0;
      held = setTimeout(() => {
        output.show(`== ${program} has ended, and what it left running holds its output open`);
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, HELD_OPEN_MS);
    });
    child.on("close", () => {
      clearTimeout(limit);
      clearTimeout(held);
      output.endProgress();
      resolve({ passed, last: output.last });
    });
  });
}

/** Shows lines as they come. */
class ShownOutput {
  /** The last {@link SHOWN_AGAIN} characters of what tells something. */
  last = "";
  #isInProgress = false;

  /** What follows begins a line of its own. */
  endProgress(): void {
    if (this.#isInProgress) console.log();
    this.#isInProgress = false;
  }

  show(line: string): void {
    if (PROGRESS.test(line)) {
      process.stdout.write(line);
      this.#isInProgress = true;
      return;
    }
    this.endProgress();
    console.log(line);
    if (line.trim() !== "" && !FIGURE.test(line)) this.last = `${this.last}${line}\n`.slice(-SHOWN_AGAIN);
  }
}

/** Says which programs still run below a command that hangs, and ends them. */
function endHung({ pid }: ChildProcess, output: ShownOutput): void {
  if (pid === undefined) return;
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,etimes=,args="], { encoding: "utf8" }).split("\n");
  const found = rows.map((row) => /^ *(\d+) +(\d+) +(\d+) (.*)$/.exec(row) ?? []);
  const below = [String(pid)];
  for (const parent of below) below.push(...found.filter((row) => row[2] === parent).map((row) => row[1] ?? ""));
  output.show(`== not done after ${LIMIT_MS / 1000} s; ended, with what it still ran:`);
  for (const [, own = "", , seconds, args] of found) {
    if (below.includes(own)) output.show(`${own} (${seconds} s): …${args?.slice(-160)}`);
  }
  for (const own of below.reverse()) {
    try {
      process.kill(Number(own), "SIGKILL");
    } catch {
      // it has ended meanwhile
    }
  }
}
