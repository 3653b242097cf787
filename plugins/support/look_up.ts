// Names to addresses as this host's programs find them, a few at a time for the whole process. Must not judge what is found.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Limits, NoRouterError } from "../../core/mod.ts";

/** One address of a name. */
export interface LookedUp {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** How long somebody waits. */
export interface LookUpOptions {
  readonly limits: Pick<Limits, "dialMs" | "lookUps">;
  /** Nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
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
  readonly waiting: Set<Waiter>;
  /** By the clock of `performance`; what comes to its turn later would be over too late for who waits. */
  readonly beginBy: number;
  begun: boolean;
}

/**
 * Looks names up with `find`, `atOnce` of them at the same time. Nothing can stop `find`, so what is not begun waits here, where
 * it can be taken back: names that time out hold up others until those that have begun are over, and no longer. The newest
 * goes first, since whoever has waited long will soon be gone.
 */
export function lookUps(find: Find, atOnce: number): LookUp {
  const works = new Map<string, Work>();
  const queue: Work[] = [];
  let begun = 0;

  function begin(): void {
    while (begun < atOnce) {
      const work = queue.pop();
      if (!work) return;
      work.begun = true;
      if (performance.now() > work.beginBy) {
        end(work, (waiter) => waiter.failed(late(work.name)));
        continue;
      }
      begun += 1;
      void find(work.name).then(
        (addresses) => finish(work, (waiter) => waiter.found(addresses)),
        (error: unknown) => finish(work, (waiter) => waiter.failed(error)),
      );
    }
  }

  function finish(work: Work, tell: (waiter: Waiter) => void): void {
    begun -= 1;
    end(work, tell);
    begin();
  }

  function end(work: Work, tell: (waiter: Waiter) => void): void {
    works.delete(work.name);
    for (const waiter of [...work.waiting]) tell(waiter);
  }

  function leave(work: Work, waiter: Waiter): void {
    work.waiting.delete(waiter);
    if (work.waiting.size > 0 || work.begun) return;
    works.delete(work.name);
    queue.splice(queue.indexOf(work), 1);
  }

  function wait(work: Work, { limits, signal }: LookUpOptions): Promise<readonly LookedUp[]> {
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
      const timer = setTimeout(() => failed(late(work.name)), limits.dialMs);
      signal?.addEventListener("abort", gone);
      work.waiting.add(waiter);
    });
  }

  return async (name, options) => {
    const family = isIP(name);
    if (family !== 0) return [{ address: name, family }];
    if (options.signal?.aborted) throw unwanted(name);
    let work = works.get(name);
    if (!work) {
      if (works.size >= options.limits.lookUps)
        throw new NoRouterError("too-many-names", `Name ${name} is not looked up: too many others are`);
      work = { name, waiting: new Set(), beginBy: performance.now() + options.limits.dialMs / 2, begun: false };
      works.set(name, work);
      queue.push(work);
    }
    const found = wait(work, options);
    begin();
    return found;
  };
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
