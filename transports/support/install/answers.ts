// What a host's shell answers to the probe, or to a line that found a folder full.

import type { Conversation } from "./conversation.ts";
import { restrictedShell } from "./no_shell.ts";

const START = "start";

/** What the host says up to `end`; a text when it says that an agent starts: which, and why. @throws TalkEnded */
export async function answers(talk: Conversation): Promise<string[] | string> {
  const lines: string[] = [];
  for (let line = await talk.listen(); line !== "end"; line = await talk.listen()) {
    if (isStart(line)) return line.slice(START.length + 1);
    if (line === "restricted") throw restrictedShell();
    lines.push(line);
  }
  return lines;
}

/** Whether the host says that an agent starts. */
export function isStart(line: string): boolean {
  return line === START || line.startsWith(`${START} `);
}
