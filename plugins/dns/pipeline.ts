// Serves the questions that come on one byte stream, several at a time: a TCP connection, or a stream of another host.
// Bounds what is under way and what waits to be written.

import { framed, frameReader } from "./frames.ts";
import { QUERY_BYTES } from "./query.ts";
import type { NameService } from "./service.ts";

/** Questions of one byte stream that are under way; then nothing more is read. */
const MOST_AT_ONCE = 100;

/** The byte stream. */
export interface Pipe {
  /** False: wait for {@link Pipeline.drained}. */
  write(bytes: Uint8Array): boolean;
  /** Bytes may come again. */
  resume(): void;
  /** Everything is answered, and no more will be asked. */
  end(): void;
}

/** What serves it. */
export interface Pipeline {
  /** `pause`: no more bytes until `resume`. `broken`: what came is no question, and the stream is of no use any more. */
  push(chunk: Uint8Array): "go on" | "pause" | "broken";
  drained(): void;
  /** Nothing more will come; answers may still go out. */
  end(): void;
  /** Questions that are not answered yet. */
  readonly underWay: number;
  /** Whether a question has begun and is not whole. */
  readonly begun: boolean;
}

/** A pipeline in front of a service. */
export function pipeline(service: NameService, pipe: Pipe): Pipeline {
  let underWay = 0;
  let blocked = false;
  let paused = false;
  let ended = false;
  let finished = false;
  /** What came in one piece with questions that are under way; no more comes until it is empty. */
  let backlog: Uint8Array[] = [];
  let next = 0;
  const reader = frameReader(QUERY_BYTES, (message) => void backlog.push(message));

  function take(message: Uint8Array): void {
    const answer = service.answer(message, "tcp");
    if (answer instanceof Promise) void later(answer);
    else give(answer);
  }

  async function later(answer: Promise<Uint8Array>): Promise<void> {
    underWay += 1;
    const bytes = await answer;
    underWay -= 1;
    give(bytes);
    goOn();
  }

  function give(answer: Uint8Array | undefined): void {
    if (answer && !pipe.write(framed(answer))) blocked = true;
  }

  function mayRead(): boolean {
    return !blocked && underWay < MOST_AT_ONCE;
  }

  function work(): void {
    while (mayRead()) {
      const message = backlog[next];
      if (message === undefined) break;
      next += 1;
      take(message);
    }
    if (next < backlog.length) return;
    backlog = [];
    next = 0;
    if (ended && underWay === 0 && !finished) {
      finished = true;
      pipe.end();
    }
  }

  function goOn(): void {
    work();
    if (!paused || !mayRead()) return;
    paused = false;
    pipe.resume();
  }

  return {
    push(chunk) {
      if (!reader.push(chunk)) return "broken";
      work();
      paused = !mayRead();
      return paused ? "pause" : "go on";
    },
    drained() {
      blocked = false;
      goOn();
    },
    end() {
      ended = true;
      work();
    },
    get underWay() {
      return underWay;
    },
    get begun() {
      return reader.begun;
    },
  };
}
