// Pipes: what flows out of a Readable goes into a writable stream, which may ask for pauses.

import { tick } from "../ticks.ts";
import { failWith, Stream } from "./base.ts";
import * as bits from "./bits.ts";
import type { Pipes, PipeTarget, ReadableHalf } from "./halves.ts";

/** How a pipe ends. */
export interface PipeOptions {
  /** Whether the target is ended with the source; it is by default. */
  readonly end?: boolean;
}

/** A chunk was given out: none waits for a pause any more. */
export function sourceTaken({ full }: Pipes): void {
  if (full.size > 0) full.clear();
}

/** `readable.pipe(target)`. */
export function pipe<T extends PipeTarget>(source: ReadableHalf, target: T, options: PipeOptions | undefined): T {
  source._rPipes ??= { all: [], full: new Set() };
  source._rPipes.all.push(target);
  new Pipe(source, source._rPipes, target).start(options?.end !== false);
  return target;
}

/** `readable.unpipe(target)`, of all targets without one. */
export function unpipe(source: ReadableHalf, target: PipeTarget | undefined): void {
  const all = source._rPipes?.all;
  if (all === undefined || all.length === 0) return;
  const at = target === undefined ? 0 : all.indexOf(target);
  if (at < 0) return;
  const gone = all.splice(at, target === undefined ? all.length : 1);
  if (all.length === 0) source.pause();
  for (const one of gone) one.emit("unpipe", source, { hasUnpiped: false });
}

class Pipe {
  readonly #source: ReadableHalf;
  readonly #pipes: Pipes;
  readonly #target: PipeTarget;
  #listensToDrain = false;
  #over = false;

  constructor(source: ReadableHalf, pipes: Pipes, target: PipeTarget) {
    this.#source = source;
    this.#pipes = pipes;
    this.#target = target;
  }

  start(ends: boolean): void {
    const source = this.#source;
    const target = this.#target;
    const ended = ends ? this.#ended : this.#unpipe;
    if (source.readableEnded) tick(ended, undefined);
    else source.once("end", ended);
    target.on("unpipe", this.#unpiped);
    source.on("data", this.#take);
    target.prependListener("error", this.#failed);
    target.once("close", this.#closed).once("finish", this.#finished);
    target.emit("pipe", source);
    if (target.writableNeedDrain === true) this.#pause();
    else if (source.readableFlowing !== true) source.resume();
  }

  readonly #take = (chunk: unknown): void => {
    if (this.#target.write(chunk) === false) this.#pause();
  };

  #pause(): void {
    if (!this.#over) {
      if (this.#pipes.all.includes(this.#target)) this.#pipes.full.add(this.#target);
      this.#source.pause();
    }
    if (this.#listensToDrain) return;
    this.#listensToDrain = true;
    this.#target.on("drain", this.#drained);
  }

  readonly #drained = (): void => {
    this.#pipes.full.delete(this.#target);
    if (this.#pipes.full.size === 0 && this.#source.listenerCount("data") > 0) this.#source.resume();
  };

  readonly #ended = (): void => {
    this.#target.end();
  };

  readonly #unpipe = (): void => {
    this.#source.unpipe(this.#target);
  };

  readonly #closed = (): void => {
    this.#target.off("finish", this.#finished);
    this.#unpipe();
  };

  readonly #finished = (): void => {
    this.#target.off("close", this.#closed);
    this.#unpipe();
  };

  readonly #failed = (error: Error): void => {
    const target = this.#target;
    this.#unpipe();
    target.off("error", this.#failed);
    if (target.listenerCount("error") > 0) return;
    if (target instanceof Stream && !(target._wState & bits.ERROR_EMITTED)) failWith(target, error);
    else target.emit("error", error);
  };

  readonly #unpiped = (source: ReadableHalf, info: { hasUnpiped: boolean } | undefined): void => {
    if (source !== this.#source || info?.hasUnpiped !== false) return;
    info.hasUnpiped = true;
    this.#stop();
  };

  #stop(): void {
    const target = this.#target;
    target.off("close", this.#closed).off("finish", this.#finished).off("error", this.#failed).off("unpipe", this.#unpiped);
    if (this.#listensToDrain) target.off("drain", this.#drained);
    this.#source.off("end", this.#ended).off("end", this.#unpipe).off("data", this.#take);
    this.#over = true;
    const waits = !(target instanceof Stream) || (target._wState & bits.W_NEEDS_DRAIN) !== 0;
    if (this.#listensToDrain && this.#pipes.full.size > 0 && waits) this.#drained();
  }
}
