// Serves the questions that come on one byte stream, several at a time: a TCP connection, or a stream of another host.
// Bounds what is under way and what waits to be written.

import { framed, frameReader } from "./frames.ts";
import { QUERY_BYTES } from "./query.ts";
import type { NameService } from "./service.ts";

/** Questions of one byte stream that are under way; then nothing more is read. */
const MOST_AT_ONCE = 100;

/** The byte stream. */
export interface Pipe {
  /** False: no more until {@link Pipeline.drained} is called. */
  write(bytes: Uint8Array): boolean;
  /** Bytes may come again. */
  resume(): void;
  /** Everything is answered, and no more will be asked. */
  end(): void;
}

/** A byte stream in front of a service. */
export class Pipeline {
  readonly #service: NameService;
  readonly #pipe: Pipe;
  readonly #reader = frameReader(QUERY_BYTES, (message) => void this.#backlog.push(message));
  /** What came in one piece with questions that are under way; no more comes until it is empty. */
  #backlog: Uint8Array[] = [];
  /** The place in the backlog of the question that is next. */
  #next = 0;
  #underWay = 0;
  /** The pipe takes no more answers for now. */
  #blocked = false;
  #paused = false;
  /** Nothing more will come, and the pipe was not told of the end. */
  #ending = false;

  constructor(service: NameService, pipe: Pipe) {
    this.#service = service;
    this.#pipe = pipe;
  }

  /** Questions that are not answered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether a question has begun and is not whole. */
  get begun(): boolean {
    return this.#reader.begun;
  }

  /** `pause`: no more bytes until `resume`. `broken`: what came is no question, and the stream is of no use any more. */
  push(chunk: Uint8Array): "go on" | "pause" | "broken" {
    if (!this.#reader.push(chunk)) return "broken";
    this.#work();
    this.#paused = this.#full;
    return this.#paused ? "pause" : "go on";
  }

  /** The pipe takes answers again. */
  drained(): void {
    this.#blocked = false;
    this.#goOn();
  }

  /** Nothing more will come; answers may still go out. Called once. */
  end(): void {
    this.#ending = true;
    this.#work();
  }

  get #full(): boolean {
    return this.#blocked || this.#underWay >= MOST_AT_ONCE;
  }

  #goOn(): void {
    this.#work();
    if (!this.#paused || this.#full) return;
    this.#paused = false;
    this.#pipe.resume();
  }

  /** Takes what it may from the backlog, and tells the pipe of the end when all is answered. */
  #work(): void {
    while (!this.#full && this.#next < this.#backlog.length) {
      const message = this.#backlog[this.#next] as Uint8Array;
      this.#next += 1;
      this.#take(message);
    }
    if (this.#next < this.#backlog.length) return;
    this.#backlog = [];
    this.#next = 0;
    if (!this.#ending || this.#underWay > 0) return;
    this.#ending = false;
    this.#pipe.end();
  }

  #take(message: Uint8Array): void {
    const answer = this.#service.answer(message, "tcp");
    if (answer instanceof Promise) void this.#giveLater(answer);
    else this.#give(answer);
  }

  async #giveLater(answer: Promise<Uint8Array>): Promise<void> {
    this.#underWay += 1;
    const bytes = await answer;
    this.#underWay -= 1;
    this.#give(bytes);
    this.#goOn();
  }

  #give(answer: Uint8Array | undefined): void {
    if (answer && !this.#pipe.write(framed(answer))) this.#blocked = true;
  }
}
