// Text for people who look back: lines of at most 80 cells, and times of this machine's zone.

import { cellsOf } from "../../core/manifest/mod.ts";
import { cut, plain } from "./columns.ts";

/** What the narrowest terminal has. */
export const COLUMNS = 80;

/**
 * A text in lines of at most 80 cells, broken at blanks; a word that is longer is broken where a line is full.
 * @param begin What the first line begins with; the others are indented as far.
 */
export function wrapped(begin: string, text: string): string[] {
  const indent = " ".repeat(cellsOf(begin));
  const room = COLUMNS - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (cellsOf(longer) <= room) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = piecesOf(word, room);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? "";
  }
  return [...lines, line].map((one, at) => cut(`${at === 0 ? begin : indent}${one}`, COLUMNS).trimEnd());
}

/** A word in pieces of at most `room` cells, which is at least two. */
function piecesOf(word: string, room: number): string[] {
  const pieces = [""];
  for (const sign of word) {
    const longer = `${pieces.at(-1)}${sign}`;
    if (cellsOf(longer) > room) pieces.push(sign);
    else pieces[pieces.length - 1] = longer;
  }
  return pieces;
}

const two = (value: number) => String(value).padStart(2, "0");

/** The day of a time in milliseconds since 1970, such as `2026-11-29`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The time of day, such as `14:03:07`. */
export function clockOf(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/** Both. */
export function timeOf(at: number): string {
  return `${dayOf(at)} ${clockOf(at)}`;
}
