// Who may begin a handshake, and when: bounds what those can take who have not said who they are. Must not look at who is known
// already: their connections are none of this.

import {
  FIRST_WAIT_MS,
  FORGET_MS,
  FREE_FAILURES,
  LONGEST_WAIT_MS,
  MOST_ADDRESSES,
  MOST_STRANGERS,
  MOST_STRANGERS_OF_ADDRESS,
} from "../limits.ts";

/** A stranger that was let in, until it is known or gone. */
export interface Visit {
  /** Milliseconds until its handshake may begin. */
  readonly waitMs: number;
  /** It said who it is. */
  known(): void;
  /** It did not. */
  failed(): void;
}

interface Source {
  /** Somebody came from there who was known. */
  isFriend: boolean;
  /** Visits that are under way. */
  open: number;
  failures: number;
  /** When the next handshake may begin, and when the last one failed; by the gate's clock. */
  next: number;
  last: number;
}

/** Counts of all connections that have not said who they are. */
export class Gate {
  readonly #now: () => number;
  /** By address; the one that was seen last comes last. */
  readonly #sources = new Map<string, Source>();
  #open = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Lets a stranger in; undefined when too many are there. */
  enter(address: string | undefined): Visit | undefined {
    const key = sourceOf(address);
    const source = this.#source(key);
    // Places are kept for addresses that take none yet, and for those from which somebody came who was known: many that take all they
    // can get keep none of these out.
    const most = MOST_STRANGERS * (source.isFriend ? 1 : source.open === 0 ? 3 / 4 : 1 / 2);
    if (this.#open >= most || source.open >= MOST_STRANGERS_OF_ADDRESS) return undefined;
    const now = this.#now();
    const begin = Math.max(now, source.next);
    source.next = begin + waitAfter(source.failures);
    source.open++;
    this.#open++;
    return {
      waitMs: begin - now,
      known: this.#leave(source, () => this.#forgive(source)),
      failed: this.#leave(source, () => this.#blame(source)),
    };
  }

  /** What ends a visit, once. */
  #leave(source: Source, then: () => void): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      source.open--;
      this.#open--;
      then();
    };
  }

  #forgive(source: Source): void {
    source.isFriend = true;
    source.failures = 0;
    source.next = 0;
  }

  #blame(source: Source): void {
    source.failures++;
    source.last = this.#now();
    source.next = Math.max(source.next, source.last + waitAfter(source.failures));
  }

  /** The one that was seen longest ago; of friends only where there are no others. */
  #forgetOne(): void {
    const idle = [...this.#sources].filter(([, { open }]) => open === 0);
    const [oldest] = idle.find(([, { isFriend }]) => !isFriend) ?? idle[0] ?? [];
    if (oldest !== undefined) this.#sources.delete(oldest);
  }

  #source(key: string): Source {
    const now = this.#now();
    const kept = this.#sources.get(key);
    const isForgotten = !kept || (!kept.isFriend && kept.open === 0 && now - kept.last >= FORGET_MS);
    const source = isForgotten ? { isFriend: false, open: 0, failures: 0, next: 0, last: now } : kept;
    this.#sources.delete(key);
    this.#sources.set(key, source);
    if (this.#sources.size > MOST_ADDRESSES) this.#forgetOne();
    return source;
  }
}

/** How long after so many failures the next handshake begins. */
function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - FREE_FAILURES, 30), LONGEST_WAIT_MS);
}

/** An IPv4 address, or the network of 64 bits that an IPv6 address is in: whoever has one has all of them. */
export function sourceOf(address = "unknown"): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const end = tail === "" ? [] : tail.split(":");
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - end.length)).fill("0"), ...end);
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}
