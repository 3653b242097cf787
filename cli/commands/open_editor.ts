// `norouter --open-editor`: the example in an editor, then a network of what became of it.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { NoRouterError } from "../../core/errors.ts";
import type { Io } from "../load/io.ts";
import { EXAMPLE } from "./show_example.ts";

/** Editors that are looked for where the environment names none. */
const EDITORS: readonly string[] = ["editor", "vim", "vi", "nano", "emacs"];

/**
 * Opens the editor and runs what it wrote, until the user has enough. Returns 0, also when nothing was written.
 * @throws NoRouterError `usage` without a terminal or an editor, and when the editor fails
 */
export async function openEditor({ debug }: { readonly debug: boolean }, io: Io): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new NoRouterError("usage", "'--open-editor' wants a terminal");
  const editor = editorOf(process.env);
  const folder = mkdtempSync(join(tmpdir(), "norouter-editor-"));
  const file = join(folder, "manifest.yaml");
  writeFileSync(file, EXAMPLE, { mode: 0o600 });
  // The terminal sends these to the editor and to the network as well, which know what to do.
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, () => undefined);
  try {
    do {
      const before = statSync(file, { bigint: true }).mtimeNs;
      const code = await ended("sh", ["-c", `${editor} "$1"`, "sh", file]);
      if (code !== 0) throw new NoRouterError("usage", `Editor '${editor}' ended with exit code ${code}; set EDITOR to another`);
      if (statSync(file, { bigint: true }).mtimeNs === before) {
        io.stderr("The manifest was not changed\n");
        return 0;
      }
      const [program = "", ...args] = ownArgv();
      await ended(program, [...args, "run", file, "--no-journal", ...(debug ? ["--debug"] : [])]);
      io.stderr("Return opens the editor again, Ctrl-C leaves\n");
    } while (await isReturnPressed());
    return 0;
  } finally {
    if (readFileSync(file, "utf8") === EXAMPLE) rmSync(folder, { recursive: true });
    else io.stderr(`The manifest is in ${file}: move it to where you want to keep it\n`);
  }
}

/** The user's editor, as a shell takes it. @throws NoRouterError `usage` */
function editorOf({ VISUAL, EDITOR, PATH = "" }: NodeJS.ProcessEnv): string {
  const found = VISUAL || EDITOR || EDITORS.find((name) => PATH.split(delimiter).some((folder) => isProgram(join(folder, name))));
  return found ?? noEditor();
}

function noEditor(): never {
  throw new NoRouterError("usage", "There is no editor; set EDITOR to one");
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The words that start this program. */
function ownArgv(): readonly string[] {
  const deno = process.versions.deno === undefined ? process.execArgv : ["run", "-A", "--node-modules-dir=manual"];
  return [process.execPath, ...deno, process.argv[1] ?? ""];
}

/** Runs a program on this terminal and gives its exit code; a signal that is to end this process ends it first. */
function ended(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: "inherit" });
    const signals = ["SIGTERM", "SIGHUP"] as const;
    let isStopping = false;
    const stop = (signal: NodeJS.Signals) => {
      isStopping = true;
      child.kill(signal);
    };
    for (const signal of signals) process.on(signal, stop);
    child.once("error", reject);
    child.once("exit", (code) => {
      for (const signal of signals) process.off(signal, stop);
      if (isStopping) process.exit(0);
      resolve(code ?? 1);
    });
  });
}

/** Waits for a line of the terminal; false when Ctrl-C or the end of input comes first. */
function isReturnPressed(): Promise<boolean> {
  return new Promise((resolve) => {
    const decide = (again: boolean) => {
      process.stdin.pause();
      for (const event of ["data", "end"]) process.stdin.removeAllListeners(event);
      process.off("SIGINT", leave);
      resolve(again);
    };
    const leave = () => decide(false);
    process.on("SIGINT", leave);
    process.stdin.once("data", () => decide(true));
    process.stdin.once("end", leave);
    process.stdin.resume();
  });
}
