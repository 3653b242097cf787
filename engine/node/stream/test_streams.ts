// What tests of streams share: sources, sinks, and records of events.

import { Readable, Stream, Writable } from "node:stream";

/** Events that tests look at. */
const EVENTS = ["data", "readable", "end", "drain", "finish", "pause", "resume", "error", "close", "pipe", "unpipe"];

/** What a stream emits, in order; listening to `data` or `readable` would change how it flows. */
export function record(
  of: Readable | Writable,
  names = EVENTS.filter((name) => name !== "data" && name !== "readable"),
): string[] {
  const events: string[] = [];
  for (const name of names) {
    of.on(name, (...args: unknown[]) => {
      const shown = args.filter((one) => !(one instanceof Stream) && typeof one !== "object");
      if (args[0] instanceof Error) shown.push((args[0] as NodeJS.ErrnoException).code ?? args[0].message);
      if (args[0] instanceof Uint8Array) shown.push(String(args[0]));
      events.push([name, ...shown].join(" "));
    });
  }
  return events;
}

/** A Readable of chunks that come at once, or each in a turn of its own. */
export function source(chunks: unknown[], options: object = {}, later = false): Readable {
  const left = [...chunks];
  return new Readable({
    ...options,
    read() {
      const give = () => void this.push(left.length > 0 ? left.shift() : null);
      if (later) setImmediate(give);
      else give();
    },
  });
}

/** A Writable that keeps what it is given, and takes a turn for each chunk where it is slow. */
export function sink(options: object = {}, slow = false): { writable: Writable; got: string[] } {
  const got: string[] = [];
  const writable = new Writable({
    ...options,
    write(chunk: unknown, _encoding, done) {
      got.push(String(chunk));
      if (slow) setImmediate(done);
      else done();
    },
  });
  return { writable, got };
}

/** The next turn of the loop. */
export const turn = (): Promise<void> => new Promise<void>((resolve) => void setImmediate(resolve));

/** Resolves with `close`, whatever comes before. */
export function closed(of: Readable | Writable): Promise<void> {
  return new Promise((resolve) => void of.once("close", resolve));
}
