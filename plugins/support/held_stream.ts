// A stream whose consumer comes later: what arrives before is kept, and its end is told at once. Must not take more than
// one piece before there is a consumer.

import { giveBack, type NoRouterError, type Stream, type StreamHandlers } from "../../core/mod.ts";
import type { Spliceable } from "./splice.ts";

/**
 * Holds a stream until somebody attaches.
 * @param gone The stream is over before.
 * @param accepted The other end has accepted it (openers only).
 */
export function heldStream(stream: Stream, gone: (why: NoRouterError) => void, accepted?: () => void): Spliceable {
  let consumer: StreamHandlers | undefined;
  let held: Uint8Array | undefined;
  let ended = false;

  stream.attach({
    takesLent: true,
    accepted: () => accepted?.(),
    data(chunk) {
      if (consumer) return consumer.data(chunk);
      held = chunk;
      return false; // nothing more comes before resume
    },
    end() {
      if (consumer) consumer.end();
      else ended = true;
    },
    reset(error) {
      if (consumer) return consumer.reset(error);
      if (held) giveBack(held);
      held = undefined;
      gone(error);
    },
    drain: () => consumer?.drain(),
  });

  return {
    write: (chunk) => stream.write(chunk),
    end: () => stream.end(),
    reset: (code, message) => stream.reset(code, message),
    resume: () => stream.resume(),
    attach(handlers) {
      consumer = handlers;
      const takesMore = held === undefined || handlers.data(held);
      held = undefined;
      if (ended) handlers.end();
      if (takesMore) stream.resume();
    },
  };
}
