// What a test file on the engine and the runner say to each other about programs, in lines of JSON.

/** The environment variable with the path that all names begin with. */
export const PROGRAMS = "NOROUTER_TEST_PROGRAMS";

/** What becomes of one of a program's three streams. */
export type Stdio = "pipe" | "ignore" | "inherit";

/** A program to start; `env` is its whole environment. */
export interface Program {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  /** Whether it leads a process group of its own. */
  readonly detached: boolean;
}

/** What the engine asks. */
export type Request =
  /** Make places to connect to, `PATH.ID.0` and on; the last one tells of the program's end with a line of JSON. */
  | { readonly kind: "prepare"; readonly id: number }
  /** Start it, with its streams at the places where the engine has connected to. */
  | { readonly kind: "start"; readonly id: number; readonly program: Program }
  /** Run it to its end. */
  | { readonly kind: "run"; readonly program: Program; readonly input: string; readonly timeoutMs: number };

/** What is answered; bytes are in base64. */
export type Answer =
  | { readonly kind: "prepared" }
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | ({ readonly kind: "ended"; readonly pid: number; readonly stdout: string; readonly stderr: string } & End);

/** How a program ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Streams of a program, and the place that tells of its end. */
export const PLACES = [0, 1, 2, 3] as const;
