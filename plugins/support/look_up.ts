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
  const works = new Map<string, Work>();
  const queue: Work[] = [];
  let places: Shares<Asker> | undefined;
  const begunBy = new Map<Asker, number>();
  let begun = 0;
  let begunForHosts = 0;

  const underWay = (asker: Asker) => begunBy.get(asker) ?? 0;

  /** Takes the next one out of the queue. */
  function nextWork(): Work | undefined {
    let next: Work | undefined;
    for (const work of queue) {
      if (isHost(work.asker) && begunForHosts >= Math.max(1, atOnce - 1)) continue;
      const now = underWay(work.asker);
      if (!next || now <= underWay(next.asker)) next = work;
    }
    if (next) queue.splice(queue.indexOf(next), 1);
    return next;
  }

  function begin(): void {
    while (begun < atOnce) {
      const work = nextWork();
      if (!work) return;
      work.begun = true;
      if (performance.now() > work.beginBy) {
        end(work, (waiter) => waiter.failed(late(work.name)));
        continue;
      }
      begun += 1;
      if (isHost(work.asker)) begunForHosts += 1;
      begunBy.set(work.asker, underWay(work.asker) + 1);
      void find(work.name).then(
        (addresses) => finish(work, (waiter) => waiter.found(addresses)),
        (error: unknown) => finish(work, (waiter) => waiter.failed(error)),
      );
    }
  }

  function finish(work: Work, tell: (waiter: Waiter) => void): void {
    begun -= 1;
    if (isHost(work.asker)) begunForHosts -= 1;
    const left = underWay(work.asker) - 1;
    if (left > 0) begunBy.set(work.asker, left);
    else begunBy.delete(work.asker);
    end(work, tell);
    begin();
  }

  function end(work: Work, tell: (waiter: Waiter) => void): void {
    forget(work);
    for (const waiter of [...work.waiting]) tell(waiter);
  }

  function forget(work: Work): void {
    works.delete(work.name);
    if (!isBounded(work.asker)) places?.giveBack(work.asker);
  }

  /** A name that waits for another host's turn waits for this host's own from now on. */
  function takeOver(work: Work, asker: Asker, dialMs: number): void {
    if (work.begun || !isHost(work.asker) || isHost(asker)) return;
    places?.giveBack(work.asker);
    if (!isBounded(asker)) places?.take(asker);
    work.asker = asker;
    work.beginBy = beginBy(dialMs);
  }

  function leave(work: Work, waiter: Waiter): void {
    work.waiting.delete(waiter);
    if (work.waiting.size > 0 || work.begun) return;
    forget(work);
    queue.splice(queue.indexOf(work), 1);
  }

  function wait(work: Work, dialMs: number, signal?: AbortSignal): Promise<readonly LookedUp[]> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", gone);
        leave(work, waiter);
      };
      const failed = (error: unknown) => {
        done();
        reject(error);
      };
      const found = (addresses: readonly LookedUp[]) => {
        done();
        resolve(addresses);
      };
      const waiter = { found, failed };
      const gone = () => failed(unwanted(work.name));
      const timer = setTimeout(() => failed(late(work.name)), dialMs);
      signal?.addEventListener("abort", gone);
      work.waiting.add(waiter);
    });
  }

  return async (name, options) => {
    const family = isIP(name);
    if (family !== 0) return [{ address: name, family }];
    if (options.signal?.aborted) throw unwanted(name);
    const { asker = "own" } = options;
    const { dialMs, lookUps: most } = limitsOf(options, DIAL_LIMIT_ROWS);
    let work = works.get(name);
    if (work) takeOver(work, asker, dialMs);
    else {
      places ??= new Shares<Asker>(most, "own");
      if (!isBounded(asker) && !places.hasFor(asker)) {
        const crowding = places.newlyCrowding();
        if (typeof crowding?.asker === "number") options.crowded?.(crowding.asker, crowding.held);
        throw new NoRouterError("too-many-names", `Name ${name} is not looked up: too many others are`);
      }
      if (!isBounded(asker)) places.take(asker);
      work = { name, asker, waiting: new Set(), beginBy: beginBy(dialMs), begun: false };
      works.set(name, work);
      queue.push(work);
    }
    const found = wait(work, dialMs, options.signal);
    begin();
    return found;
  };
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
