// Counts the bytes of streams as their frames pass by. Exact: a byte counts where the frame that opened its stream says; what comes
// for a stream that was reset counts nowhere, as nobody gets it. Bounded: of one opener's places the ones beyond are added up.

import { FROM_ACCEPTOR, type Frame, HEADER_BYTES, type HostId, KIND, pairKey, pairOf } from "../wire/frame.ts";
import { PUBLISHED_TARGET } from "../wire/payload.ts";
import { plus, summed, type TrafficRow } from "./rows.ts";

/** Places of one opener that are counted apart between two drains; one port of one host is a place. */
const MOST_PLACES = 1024;
/** Bits of {@link Flow.ended}. */
const OPENER = 1;
const ACCEPTOR = 2;
const BOTH = 3;

/** Where bytes are counted. */
class Cell {
  readonly from: HostId;
  readonly to: HostId;
  /** Undefined where further ports are added up. */
  readonly port: number | undefined;
  readonly isRouted: boolean;
  bytesOut = 0;
  bytesIn = 0;
  streams = 0;
  /** Streams that count here. */
  flows = 0;

  constructor(from: HostId, to: HostId, port: number | undefined, isRouted: boolean) {
    this.from = from;
    this.to = to;
    this.port = port;
    this.isRouted = isRouted;
  }
}

/** A stream that is open. */
interface Flow {
  readonly cell: Cell;
  ended: number;
}

/** Streams from one host to another. */
class Pair {
  readonly flows = new Map<number, Flow>();
  /** Where streams count that are not followed, as there are too many. */
  surplus: Cell | undefined;
}

/** Counters of everything that passes one place. */
export class TrafficCounter {
  readonly #pairs = new Map<number, Pair>();
  /** By opener, then by its places. */
  readonly #cells = new Map<HostId, Map<number, Cell>>();
  readonly #mostStreams: number;
  readonly #counted: () => void;
  #isCounted = false;

  /**
   * @param streams How many streams a host may have. Of a pair of hosts twice as many are followed, as some are just ending.
   * @param counted Called when something was counted for the first time since the last {@link drain}.
   */
  constructor({ streams }: { readonly streams: number }, counted: () => void = () => undefined) {
    this.#mostStreams = 2 * streams;
    this.#counted = counted;
  }

  /** Takes note of a frame that goes on to its destination. */
  pass(frame: Frame): void {
    const { kind } = frame;
    if (kind === KIND.data) this.#data(frame);
    else if (kind === KIND.open) this.#open(frame);
    else if (kind === KIND.end || kind === KIND.reset) this.#end(frame);
  }

  /** Adds what a host has counted of itself: what passes it alone is its own to count. */
  addOwn(host: HostId, rows: readonly TrafficRow[]): void {
    for (const row of rows) this.add({ ...row, from: host, to: host });
  }

  /** Adds what was counted elsewhere. */
  add(row: TrafficRow & { readonly from: HostId; readonly to: HostId }): void {
    const cell = this.#cellOf(row.from, row.to, row.port, row.routed === true);
    cell.bytesOut = plus(cell.bytesOut, row.bytesOut);
    cell.bytesIn = plus(cell.bytesIn, row.bytesIn);
    cell.streams = plus(cell.streams, row.streams);
    this.#tell();
  }

  /** The streams of a host are over: its link is. */
  forget(host: HostId): void {
    for (const [key, { flows, surplus }] of this.#pairs) {
      if (!pairOf(key).includes(host)) continue;
      for (const { cell } of flows.values()) cell.flows -= 1;
      if (surplus) surplus.flows -= 1;
      this.#pairs.delete(key);
    }
  }

  /** Places that are kept. */
  get places(): number {
    return [...this.#cells.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** What was counted since the last {@link drain}. */
  rows(): TrafficRow[] {
    const rows: TrafficRow[] = [];
    for (const cells of this.#cells.values())
      for (const { from, to, port, isRouted, bytesOut, bytesIn, streams } of cells.values()) {
        if (bytesOut === 0 && bytesIn === 0 && streams === 0) continue;
        rows.push({
          from,
          to,
          ...(port === undefined ? {} : { port }),
          ...(isRouted ? { routed: true as const } : {}),
          bytesOut,
          bytesIn,
          streams,
        });
      }
    return rows;
  }

  /** The same, at most `most` rows, and begins anew. */
  drain(most: number): TrafficRow[] {
    const rows = summed(this.rows(), most);
    this.#isCounted = false;
    for (const [opener, cells] of this.#cells) {
      for (const [key, cell] of cells) {
        if (cell.flows === 0) cells.delete(key);
        else [cell.bytesOut, cell.bytesIn, cell.streams] = [0, 0, 0];
      }
      if (cells.size === 0) this.#cells.delete(opener);
    }
    return rows;
  }

  #tell(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#counted();
  }

  #data({ source, destination, flags, stream, length }: Frame): void {
    const isAnswer = (flags & FROM_ACCEPTOR) !== 0;
    const pair = this.#pairs.get(isAnswer ? pairKey(destination, source) : pairKey(source, destination));
    const cell = pair && (pair.flows.get(stream)?.cell ?? pair.surplus);
    if (cell === undefined) return;
    if (isAnswer) cell.bytesIn += length;
    else cell.bytesOut += length;
    if (!this.#isCounted) this.#tell();
  }

  #open(frame: Frame): void {
    const { source, destination, stream } = frame;
    const key = pairKey(source, destination);
    const pair = this.#pairs.get(key) ?? new Pair();
    this.#pairs.set(key, pair);
    const [port, isRouted] = targetOf(frame);
    const before = pair.flows.get(stream);
    if (before) before.cell.flows -= 1;
    const isSurplus = !before && pair.flows.size >= this.#mostStreams;
    const cell = this.#cellOf(source, destination, isSurplus ? undefined : port, !isSurplus && isRouted);
    cell.streams += 1;
    this.#tell();
    if (isSurplus && pair.surplus) return;
    cell.flows += 1;
    if (isSurplus) pair.surplus = cell;
    else pair.flows.set(stream, { cell, ended: 0 });
  }

  #end({ kind, source, destination, flags, stream }: Frame): void {
    const isAnswer = (flags & FROM_ACCEPTOR) !== 0;
    const pair = this.#pairs.get(isAnswer ? pairKey(destination, source) : pairKey(source, destination));
    const flow = pair?.flows.get(stream);
    if (!pair || !flow) return;
    flow.ended |= kind === KIND.reset ? BOTH : isAnswer ? ACCEPTOR : OPENER;
    if (flow.ended !== BOTH) return;
    flow.cell.flows -= 1;
    pair.flows.delete(stream);
  }

  #cellOf(from: HostId, to: HostId, port: number | undefined, isRouted: boolean): Cell {
    const cells = this.#cells.get(from) ?? new Map<number, Cell>();
    this.#cells.set(from, cells);
    const key = placeKey(to, port, isRouted);
    const found = cells.get(key);
    if (found) return found;
    // One place for each host that it goes to is always left.
    if (port !== undefined && cells.size >= MOST_PLACES) return this.#cellOf(from, to, undefined, false);
    const cell = new Cell(from, to, port, isRouted);
    cells.set(key, cell);
    return cell;
  }
}

/** One number for a place of an opener; ports have 16 bits, hosts as many. */
function placeKey(to: HostId, port: number | undefined, isRouted: boolean): number {
  return to * 2 ** 18 + (port === undefined ? 2 ** 17 : port * 2 + (isRouted ? 1 : 0));
}

/** The port of an open, and whether it is for a destination that the other host does not publish: bytes 4 to 6 of the payload. */
function targetOf(frame: Frame): readonly [port: number, isRouted: boolean] {
  const bytes: number[] = [];
  let skip = HEADER_BYTES + 4;
  for (const slice of frame.raw) {
    for (let at = skip; at < slice.length && bytes.length < 3; at += 1) bytes.push(slice[at] as number);
    skip = Math.max(0, skip - slice.length);
  }
  const [high = 0, low = 0, kind] = bytes;
  return [high * 256 + low, kind !== PUBLISHED_TARGET];
}
