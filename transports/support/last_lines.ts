// The last lines of a text stream, bounded in number and length, to explain a failure.

import { firstCharacters } from "../../core/mod.ts";

/** How much to keep. */
export interface LastLinesBounds {
  readonly stderrLines: number;
  readonly stderrLineBytes: number;
}

/** The lines of a text that say something, without blanks around them. */
export function linesIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Gathers lines as they come. */
export class LastLines {
  readonly #bounds: LastLinesBounds;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  readonly #lines: string[] = [];
  #rest = "";

  constructor(bounds: LastLinesBounds, onLine: (line: string) => void) {
    this.#bounds = bounds;
    this.#onLine = onLine;
  }

  /** The next bytes. */
  push(chunk: Uint8Array): void {
    const pieces = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    this.#rest = firstCharacters(pieces.pop() ?? "", this.#bounds.stderrLineBytes);
    for (const piece of pieces) this.#add(piece);
  }

  /** The lines kept, the unfinished one included. */
  lines(): readonly string[] {
    return [...this.#lines, ...(this.#rest === "" ? [] : [this.#rest])].slice(-this.#bounds.stderrLines);
  }

  #add(line: string): void {
    if (line.trim() === "") return;
    this.#onLine(line);
    this.#lines.push(firstCharacters(line, this.#bounds.stderrLineBytes));
    if (this.#lines.length > this.#bounds.stderrLines) this.#lines.shift();
  }
}
