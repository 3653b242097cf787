// What 'norouter serve' says: a line for each thing that happens, and few lines however often somebody is refused. Must never be given
// a secret.

import { printable } from "../../../core/mod.ts";
import { TOLD_EACH, TOLD_IN_ALL, WHILE_MS } from "../limits.ts";

/** One thing that happened. */
export interface ServeEvent {
  readonly type:
    | "serve.listening"
    | "serve.secret-made"
    | "serve.stopped"
    | "peer.joined"
    | "peer.left"
    | "peer.refused"
    | "peers.refused"
    | "target.refused"
    | "part.refused"
    | "command.ran"
    | "command.refused";
  /** Without line ends. */
  readonly text: string;
  readonly [field: string]: string | number | undefined;
}

/** Takes what happened. */
export type Log = (event: ServeEvent) => void;

/** A text from another machine, or with one in it, that is safe in a line. */
export function clean(text: string): string {
  return printable(text).replace(/\s+/g, " ");
}

/** Tells of refusals: the first ones of each kind as they come, all others as a number. */
export class Refusals {
  readonly #log: Log;
  readonly #told = new Map<string, number>();
  #lines = 0;
  #more = 0;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param kind What counts as the same, such as an address. */
  add(kind: string, event: ServeEvent): void {
    if (this.#isStopped) return;
    const told = this.#told.get(kind) ?? 0;
    this.#timer ??= setTimeout(() => this.#over(), WHILE_MS);
    if (told >= TOLD_EACH || this.#lines >= TOLD_IN_ALL) {
      this.#more++;
      return;
    }
    this.#told.set(kind, told + 1);
    this.#lines++;
    this.#log(event);
  }

  /** Tells what was only counted, and takes no more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#over();
  }

  #over(): void {
    this.#timer = undefined;
    const more = this.#more;
    this.#told.clear();
    this.#lines = this.#more = 0;
    if (more > 0) this.#log({ type: "peers.refused", more, text: `${more} more were refused within ${WHILE_MS / 1000} s` });
  }
}
