// A program on a real terminal (a pty made by script(1)), as a person at a keyboard has it.
import { join } from "shlex";
import { type Child, type ChildOptions, startChild } from "./child.ts";
import { PROJECT } from "./cli.ts";

/** Size and environment. */
export interface TerminalOptions extends ChildOptions {
  /** Default 120. */
  readonly columns?: number;
  /** Default 40. */
  readonly rows?: number;
}

/** A program that runs on a terminal. */
export interface Terminal extends Pick<Child, "pid" | "exited" | "stop"> {
  /** Everything it wrote so far, escape sequences included. */
  written(): string;
  /** What it wrote last, after the latest clearing, as plain text. */
  screen(): string;
  /** Types on the keyboard, such as `\x03` for Ctrl-C. */
  type(keys: string): void;
}

/** Starts a program on a terminal of its own; its exit code is that of the terminal's process. Needs the tool `script`. */
export async function startOnTerminal(argv: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  const { columns = 120, rows = 40, ...rest } = options;
  const command = `stty cols ${columns} rows ${rows}; exec ${join([...argv])}`;
  const child = await startChild(["script", "--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
    cwd: PROJECT,
    ...rest,
  });
  let written = "";
  child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  const screen = () => {
    const last = written.slice(written.lastIndexOf("\x1b[J") + 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins a control sequence
    return last.replace(/\x1b?\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
  };
  const type = (keys: string) => void child.process.stdin?.write(keys);
  return { pid: child.pid, exited: child.exited, stop: child.stop, written: () => written, screen, type };
}
