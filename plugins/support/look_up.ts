// Names to addresses as this host's programs find them, a few at a time for the whole process. Must not judge what is found.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type HostContext, type HostId, limitsOf, NoRouterError, Shares } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "./limits.ts";

/** One address of a name. */
export interface LookedUp {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** Who asks: this host's own programs, the published targets of its manifest, or another host through a route. */
export type Asker = "own" | "published" | HostId;

/** How long somebody waits. */
export interface LookUpOptions {
  readonly limits: HostContext["limits"];
  /** Nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
  /** Default: `own`. */
  readonly asker?: Asker | undefined;
  /** Another host has so many names looked up that some are refused. */
  readonly crowded?: ((by: HostId, names: number) => void) | undefined;
}

/**
 * All addresses of a name.
 * @throws NoRouterError `timed-out` after `limits.dialMs`, `too-many-names`, `reset` when `signal` says so; else the system's error
 */
export type LookUp = (name: string, options: LookUpOptions) => Promise<readonly LookedUp[]>;

type Find = (name: string) => Promise<readonly LookedUp[]>;

interface Waiter {
  found(addresses: readonly LookedUp[]): void;
  failed(error: unknown): void;
}

/** A name that is looked up, or will be. */
interface Work {
  readonly name: string;
  /** Who asked first; this host itself when it asks before the name's turn has come. */
  asker: Asker;
  readonly waiting: Set<Waiter>;
  /** By the clock of `performance`; what comes to its turn later would be over too late for who waits. */
  beginBy: number;
  begun: boolean;
}

/**
 * Looks names up with `find`, `atOnce` of them at the same time. Nothing can stop `find`, so what is not begun waits here, where
 * it can be taken back: names that time out hold up others until those that have begun are over, and no longer. The newest
 * of who has fewest under way goes first, since whoever has waited long will soon be gone. Every asker has a share of what may wait,
 * and the other hosts together never have all that is under way.
 */
export function lookUps(find: Find, atOnce: number): LookUp {
  const names = new Names(find, atOnce);
  return (name, options) => names.lookUp(name, options);
}

/** Names that are looked up, or will be. */
class Names {
  readonly #find: Find;
  readonly #atOnce: number;
  /** Look-ups that have begun and are not over, by who has them. */
  readonly #underWay: Shares<Asker>;
  readonly #works = new Map<string, Work>();
  /** Works that have not begun, the oldest first. */
  readonly #queue: Work[] = [];
  /** For all works; as many as the limits of whoever asks first say. */
  #places: Shares<Asker> | undefined;

  constructor(find: Find, atOnce: number) {
    this.#find = find;
    this.#atOnce = atOnce;
    this.#underWay = new Shares<Asker>(atOnce, "own");
  }

  async lookUp(name: string, options: LookUpOptions): Promise<readonly LookedUp[]> {
    const family = isIP(name);
    if (family !== 0) return [{ address: name, family }];
    if (options.signal?.aborted) throw unwanted(name);
    const { asker = "own", signal, crowded } = options;
    const { dialMs, lookUps: most } = limitsOf(options, DIAL_LIMIT_ROWS);
    let work = this.#works.get(name);
    if (work) this.#takeOver(work, asker, dialMs);
    else {
      this.#places ??= new Shares<Asker>(most, "own");
      if (!isBounded(asker)) takePlace(this.#places, asker, name, crowded);
      work = { name, asker, waiting: new Set(), beginBy: beginBy(dialMs), begun: false };
      this.#works.set(name, work);
      this.#queue.push(work);
    }
    const found = this.#wait(work, dialMs, signal);
    this.#begin();
    return found;
  }

  /** A name that waits for another host's turn waits for this host's own from now on. */
  #takeOver(work: Work, asker: Asker, dialMs: number): void {
    if (work.begun || !isHost(work.asker) || isHost(asker)) return;
    this.#places?.giveBack(work.asker);
    if (!isBounded(asker)) this.#places?.take(asker);
    work.asker = asker;
    work.beginBy = beginBy(dialMs);
  }

  #wait(work: Work, dialMs: number, signal?: AbortSignal): Promise<readonly LookedUp[]> {
    return new Promise((resolve, reject) => {
      const leaving =
        <T>(settle: (outcome: T) => void) =>
        (outcome: T) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", gone);
          this.#leave(work, waiter);
          settle(outcome);
        };
      const waiter: Waiter = { found: leaving(resolve), failed: leaving(reject) };
      const gone = () => waiter.failed(unwanted(work.name));
      const timer = setTimeout(() => waiter.failed(late(work.name)), dialMs);
      signal?.addEventListener("abort", gone);
      work.waiting.add(waiter);
    });
  }

  /** What nobody waits for any more is never begun. */
  #leave(work: Work, waiter: Waiter): void {
    work.waiting.delete(waiter);
    if (work.waiting.size > 0 || work.begun) return;
    this.#forget(work);
    this.#queue.splice(this.#queue.indexOf(work), 1);
  }

  /** Begins as many as may be under way. */
  #begin(): void {
    while (this.#underWay.taken < this.#atOnce) {
      const work = this.#takeNext();
      if (!work) return;
      work.begun = true;
      if (performance.now() > work.beginBy) this.#end(work, (waiter) => waiter.failed(late(work.name)));
      else {
        this.#underWay.take(work.asker);
        void this.#find(work.name).then(
          (addresses) => this.#finish(work, (waiter) => waiter.found(addresses)),
          (error: unknown) => this.#finish(work, (waiter) => waiter.failed(error)),
        );
      }
    }
  }

  #takeNext(): Work | undefined {
    const held = (asker: Asker) => this.#underWay.heldBy(asker);
    const ofHosts = this.#underWay.taken - held("own") - held("published");
    const hostsWait = ofHosts >= Math.max(1, this.#atOnce - 1);
    let next: Work | undefined;
    for (const work of this.#queue) {
      if (hostsWait && isHost(work.asker)) continue;
      if (!next || held(work.asker) <= held(next.asker)) next = work;
    }
    if (next) this.#queue.splice(this.#queue.indexOf(next), 1);
    return next;
  }

  #finish(work: Work, tell: (waiter: Waiter) => void): void {
    this.#underWay.giveBack(work.asker);
    this.#end(work, tell);
    this.#begin();
  }

  #end(work: Work, tell: (waiter: Waiter) => void): void {
    this.#forget(work);
    for (const waiter of [...work.waiting]) tell(waiter);
  }

  #forget(work: Work): void {
    this.#works.delete(work.name);
    if (!isBounded(work.asker)) this.#places?.giveBack(work.asker);
  }
}

/** @throws NoRouterError `too-many-names` */
function takePlace(places: Shares<Asker>, asker: Asker, name: string, crowded: LookUpOptions["crowded"]): void {
  if (!places.hasFor(asker)) {
    const crowding = places.newlyCrowding();
    if (typeof crowding?.asker === "number") crowded?.(crowding.asker, crowding.held);
    throw new NoRouterError("too-many-names", `Name ${name} is not looked up: too many others are`);
  }
  places.take(asker);
}

/** There are no more names of published targets than the manifest has: they compete with nobody for a place. */
function isBounded(asker: Asker): boolean {
  return asker === "published";
}

function isHost(asker: Asker): boolean {
  return typeof asker === "number";
}

function beginBy(dialMs: number): number {
  return performance.now() + dialMs / 2;
}

function late(name: string): NoRouterError {
  return new NoRouterError("timed-out", `Name ${name} was not found in time`);
}

function unwanted(name: string): NoRouterError {
  return new NoRouterError("reset", `Nobody waits for the name ${name}`);
}

/**
 * The look-up of this process, by getaddrinfo alone. c-ares could be cancelled and takes no thread, but as the runtimes call it it
 * knows neither `/etc/hosts` nor search domains nor nsswitch, on which programs in containers and on laptops rely.
 */
export const lookUp: LookUp = lookUps((name) => lookup(name, { all: true }), mostAtOnce(process.env.UV_THREADPOOL_SIZE));

/** libuv gives half of its threads to look-ups, and what it has taken is beyond reach. Deno and Bun do as many or more. */
function mostAtOnce(threads: string | undefined): number {
  return Math.floor((Math.min(Math.max(Number(threads) || 4, 1), 1024) + 1) / 2);
}
