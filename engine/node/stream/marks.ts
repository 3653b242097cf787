// High-water marks: how much may wait in a stream before it asks for a pause.

import { invalidArgValue } from "../errors.ts";

let bytesMark = 64 * 1024;
let objectsMark = 16;

/** The mark of a new half: one of its own goes before one of the whole stream. */
export function markOf(shared: unknown, own: unknown, ownName: string, isObjects: boolean): number {
  const given = own ?? shared;
  if (given === undefined || given === null) return isObjects ? objectsMark : bytesMark;
  if (!Number.isInteger(given) || (given as number) < 0)
    throw invalidArgValue(`options.${own === undefined || own === null ? "highWaterMark" : ownName}`, given);
  return given as number;
}

/** The mark of streams that say none. */
export function getDefaultHighWaterMark(isObjects: boolean): number {
  return isObjects ? objectsMark : bytesMark;
}

/** Sets it, for streams to come. */
export function setDefaultHighWaterMark(isObjects: boolean, mark: number): void {
  if (!Number.isInteger(mark) || mark < 0) throw invalidArgValue("value", mark);
  if (isObjects) objectsMark = mark;
  else bytesMark = mark;
}
