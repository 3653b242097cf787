// One client that reads the events: first those that are kept, then those to come, each once and in order. A client that reads slowly
// is sent what is kept when it reads on, so that nothing waits for it in memory; one that reads nothing is cut.

import type { Control, NetworkEvent } from "../../core/mod.ts";
import { shownEvent } from "./answers.ts";
import { API_BOUNDS } from "./bounds.ts";

/** Where events are written to: an HTTP answer. */
export interface EventSink {
  /** False when it holds enough; `drained` is called when it has room again. */
  write(text: string): boolean;
  end(): void;
  /** Ends it without what is still waiting. */
  destroy(): void;
}

/** What is wanted. */
export interface FollowOptions {
  /** Events with a number above this. */
  readonly since: number;
  /** Goes on until it is finished; else ends with the last event that is there now. */
  readonly follow: boolean;
  /** `sse`: server-sent events, as browsers read them; `lines`: JSON, one event a line. */
  readonly form: "sse" | "lines";
  readonly sink: EventSink;
  /** Called once, when it is over. */
  readonly ended: () => void;
  /** Replaces numbers of {@link API_BOUNDS}. */
  readonly bounds?: Partial<Pick<Bounds, "heartbeatMs" | "stalledMs">>;
}

type Bounds = { readonly [Name in keyof typeof API_BOUNDS]: number };

/** A client that reads events. */
export interface Follower {
  /** The sink has room again. */
  drained(): void;
  /** Ends in order, after what is in the log by now. */
  finish(): void;
  /** The client is gone. */
  gone(): void;
}

type Source = Pick<Control, "read" | "seq" | "subscribe">;

/** A batch of more events is not written at once but as far as the client reads. */
const AT_ONCE = 500;

/** Begins to send events. */
export function follow(source: Source, options: FollowOptions): Follower {
  const { sink, form, ended } = options;
  const { heartbeatMs, stalledMs }: Bounds = { ...API_BOUNDS, ...options.bounds };
  let [sent, last] = [options.since, options.follow ? Number.POSITIVE_INFINITY : source.seq];
  let isFull = false;
  let isOver = false;
  let stalled: ReturnType<typeof setTimeout> | undefined;

  const over = (how: () => void): void => {
    if (isOver) return;
    isOver = true;
    detach();
    clearInterval(heartbeat);
    clearTimeout(stalled);
    how();
    ended();
  };
  const write = (text: string): void => {
    if (text === "" || sink.write(text)) return;
    isFull = true;
    stalled = setTimeout(() => over(() => sink.destroy()), stalledMs);
  };
  /** What is kept, as much as the sink takes. */
  const pump = (): void => {
    while (!isFull && !isOver && sent < Math.min(source.seq, last)) {
      const chunk = take(source, sent, Math.min(source.seq, last), form);
      sent = chunk.last;
      write(chunk.text);
    }
    if (!isOver && !isFull && sent >= last) over(() => sink.end());
  };
  const detach = source.subscribe((events) => {
    if (isOver) return;
    // Who has all that came before gets the events as they are; all others are sent what is kept.
    if (options.follow && !isFull && events[0]?.seq === sent + 1 && events.length <= AT_ONCE) {
      sent = events.at(-1)?.seq ?? sent;
      write(events.map((event) => textOf(event, form)).join(""));
    } else pump();
  });
  const heartbeat = setInterval(() => {
    if (!isFull) write(form === "sse" ? ":\n\n" : "\n");
  }, heartbeatMs);
  pump();
  return {
    drained() {
      isFull = false;
      clearTimeout(stalled);
      pump();
    },
    finish() {
      last = Math.min(last, source.seq);
      pump();
    },
    gone: () => over(() => undefined),
  };
}

/** The next kept events as text, and the number that is reached with them. */
function take(
  source: Source,
  after: number,
  until: number,
  form: FollowOptions["form"],
): { readonly text: string; readonly last: number } {
  const parts: string[] = [];
  let [last, length] = [after, 0];
  for (const event of source.read(after)) {
    if (event.seq > until) break;
    const gap = event.seq > last + 1 ? skipped(last + 1, event.seq - 1, form) : "";
    const text = gap + textOf(event, form);
    parts.push(text);
    last = event.seq;
    length += text.length;
    if (length >= API_BOUNDS.chunkLength) return { text: parts.join(""), last };
  }
  if (last < until) parts.push(skipped(last + 1, until, form));
  return { text: parts.join(""), last: until };
}

function textOf(event: NetworkEvent, form: FollowOptions["form"]): string {
  const json = JSON.stringify(shownEvent(event));
  return form === "sse" ? `id: ${event.seq}\ndata: ${json}\n\n` : `${json}\n`;
}

/** Says which events are not kept any more. */
function skipped(from: number, to: number, form: FollowOptions["form"]): string {
  const json = JSON.stringify({ type: "events.skipped", from, to });
  return form === "sse" ? `id: ${to}\ndata: ${json}\n\n` : `${json}\n`;
}
