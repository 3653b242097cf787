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

/** Begins to send events. */
export function follow(source: Source, options: FollowOptions): Follower {
  const follower = new EventFollower(source, options);
  follower.begin();
  return follower;
}

class EventFollower implements Follower {
  readonly #source: Source;
  readonly #options: FollowOptions;
  readonly #bounds: Bounds;
  /** Number of the last event that was sent, and of the one that it ends with. */
  #sent: number;
  #last: number;
  #isFull = false;
  #isOver = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #detach: () => void = () => undefined;

  constructor(source: Source, options: FollowOptions) {
    this.#source = source;
    this.#options = options;
    this.#bounds = { ...API_BOUNDS, ...options.bounds };
    this.#sent = options.since;
    this.#last = options.follow ? Number.POSITIVE_INFINITY : source.seq;
  }

  begin(): void {
    this.#detach = this.#source.subscribe((events) => this.#take(events));
    this.#heartbeat = setInterval(() => this.#beat(), this.#bounds.heartbeatMs);
    this.#pump();
  }

  drained(): void {
    this.#isFull = false;
    clearTimeout(this.#stalled);
    this.#pump();
  }

  finish(): void {
    this.#last = Math.min(this.#last, this.#source.seq);
    this.#pump();
  }

  gone(): void {
    this.#end(() => undefined);
  }

  /** Who has all that came before gets the events as they are; all others are sent what is kept. */
  #take(events: readonly NetworkEvent[]): void {
    if (this.#isOver) return;
    const { follow: goesOn, form } = this.#options;
    const isNext = events[0]?.seq === this.#sent + 1;
    if (goesOn && !this.#isFull && isNext && events.length <= API_BOUNDS.eventsAtOnce) {
      this.#sent = events.at(-1)?.seq ?? this.#sent;
      this.#write(events.map((event) => textOf(event, form)).join(""));
    } else this.#pump();
  }

  /** Sends what is kept, as much as the sink takes. */
  #pump(): void {
    const until = () => Math.min(this.#source.seq, this.#last);
    while (!this.#isFull && !this.#isOver && this.#sent < until()) {
      const chunk = take(this.#source, this.#sent, until(), this.#options.form);
      this.#sent = chunk.last;
      this.#write(chunk.text);
    }
    if (!this.#isFull && this.#sent >= this.#last) this.#end(() => this.#options.sink.end());
  }

  #beat(): void {
    if (!this.#isFull) this.#write(this.#options.form === "sse" ? ":\n\n" : "\n");
  }

  #write(text: string): void {
    const { sink } = this.#options;
    if (text === "" || sink.write(text)) return;
    this.#isFull = true;
    this.#stalled = setTimeout(() => this.#end(() => sink.destroy()), this.#bounds.stalledMs);
  }

  #end(how: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#detach();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#stalled);
    how();
    this.#options.ended();
  }
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
