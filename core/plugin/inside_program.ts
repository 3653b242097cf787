// A program that is run inside the network, on this machine: what it is, and what starts it. Types only.

/** What is run, and where. */
export interface InsidePlan {
  /** The host's name in the network, and its VIP. */
  readonly name: string;
  readonly vip: string;
  /** The program and its arguments. */
  readonly program: readonly string[];
  /** How the agent gets to its manager: it listens on {@link InsideStart.socket}, or has standard input and output. */
  readonly link: "socket" | "stdio";
  /** False: connections are made before their targets are known to answer. */
  readonly holds: boolean;
  readonly debug: boolean;
}

/** What came of trying to make a network for a program. */
export interface InsideTrial {
  readonly works: boolean;
  /** What it would have to do without, and why. */
  readonly lacks: readonly string[];
  /** The step that failed: the system's error number and its text. */
  readonly failed?: { readonly step: string; readonly errno: number; readonly text: string };
}

/** One start of a program. Nothing is on disk before `begin`. */
export interface InsideStart {
  /** Path of the Unix socket on which the agent will listen. */
  readonly socket: string;
  /** Writes the plan, for this user alone, and gives the words of the command to run at once. Whoever runs it waits for it. */
  begin(plan: InsidePlan): readonly string[];
  /** The words of a command that only tries whether a program could have a network here; it prints an {@link InsideTrial} as JSON. */
  trial(holds: boolean): readonly string[];
  /** Removes what the command has left; needed where it was never run, or was killed. */
  remove(): void;
}
