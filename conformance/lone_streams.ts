// Streams without a network, for front-ends that dial: one that echoes, one that is refused, one that is watched.

import { NoRouterError } from "../core/errors.ts";
import type { Stream } from "../core/mux/stream.ts";
import type { StreamHandlers } from "../core/mux/stream_ends.ts";
import { owned } from "../core/read_buffers.ts";

/** A stream that is accepted and sends back what it gets. */
export function echoStream(): Stream {
  let handlers: StreamHandlers | undefined;
  let waiting: ((to: StreamHandlers) => void)[] = [];
  const later = (act: (to: StreamHandlers) => void) =>
    handlers ? queueMicrotask(() => handlers && act(handlers)) : void waiting.push(act);
  return {
    bytesIn: 0,
    attach(to) {
      handlers = to;
      for (const act of [({ accepted }: StreamHandlers) => accepted?.(), ...waiting]) later(act);
      waiting = [];
    },
    write(chunk) {
      const bytes = owned(chunk);
      later(({ data }) => void data(bytes));
      return true;
    },
    end: () => later(({ end }) => end()),
    reset: () => undefined,
    resume: () => undefined,
  } as Partial<Stream> as Stream;
}

/** A stream that the other host refuses. */
export function refusedStream(): Stream {
  return {
    bytesIn: 0,
    attach: ({ reset }) => void queueMicrotask(() => reset(new NoRouterError("refused"))),
    write: () => false,
    end: () => undefined,
    reset: () => undefined,
    resume: () => undefined,
  } as Partial<Stream> as Stream;
}

/** A dial for which there is no place. @throws NoRouterError `too-many-streams` */
export function overfullDial(): Stream {
  throw new NoRouterError("too-many-streams");
}

/** A stream, and what becomes of it. */
export interface WatchedStream {
  readonly stream: Stream;
  /** Whether its consumer has ended or reset it. */
  isOver(): boolean;
  /** Resets it from the other end. */
  breakOff(): void;
}

/** Looks on at a stream. */
export function watched(inner: Stream): WatchedStream {
  let over = false;
  let handlers: StreamHandlers | undefined;
  const stream = {
    bytesIn: 0,
    attach(to) {
      handlers = to;
      inner.attach(to);
    },
    write: (chunk) => inner.write(chunk),
    end() {
      over = true;
      inner.end();
    },
    reset(code, message) {
      over = true;
      inner.reset(code, message);
    },
    resume: () => inner.resume(),
  } as Partial<Stream> as Stream;
  return { stream, isOver: () => over, breakOff: () => handlers?.reset(new NoRouterError("link-lost")) };
}
