// The addresses of one name server, each over UDP and TCP: keeps them as they are wanted, tries again what could not be had,
// and tells the log. Must not know what is served.

import type { HostContext } from "../../core/mod.ts";
import { listenError } from "../support/net_errors.ts";
import { isLocal } from "../support/place.ts";
import { RETRY_MS } from "../support/retry.ts";
import type { NameListener, Place } from "./serve.ts";

const WAYS = ["tcp", "udp"] as const;

/** Opens one half of an address. */
export type Open = (place: Place, way: "tcp" | "udp") => Promise<NameListener>;

/** Addresses that are served. */
export interface Addresses {
  /** Opens and closes until what is served is what is wanted; what cannot be had is tried again later. */
  serve(wanted: ReadonlyMap<string, Place>): Promise<void>;
  /** Closes all without telling the log. */
  stop(): void;
}

interface Served {
  readonly place: Place;
  readonly listeners: { tcp?: NameListener; udp?: NameListener };
  /** What could not be had, with the system's error. */
  readonly failures: { tcp?: unknown; udp?: unknown };
  /** Addresses in the log, and whether each is served. */
  told: ReadonlyMap<string, boolean>;
  opening: boolean;
  gone: boolean;
}

/** The addresses of a front-end with this name. */
export function addresses(
  frontend: string,
  context: Pick<HostContext, "report">,
  openHalf: Open,
  retryMs: number = RETRY_MS,
): Addresses {
  const served = new Map<string, Served>();
  const log = { frontend, report: context.report };
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  async function open(address: string, one: Served): Promise<void> {
    if (one.opening) return;
    one.opening = true;
    await Promise.all(WAYS.map((way) => openMissing(one, way, openHalf)));
    one.opening = false;
    if (!one.gone) tell(address, one, log);
  }

  function close(address: string, one: Served): void {
    one.gone = true;
    for (const way of WAYS) one.listeners[way]?.close();
    served.delete(address);
  }

  async function openAll(isWorthIt: (one: Served) => boolean): Promise<void> {
    await Promise.all([...served].filter(([, one]) => isWorthIt(one)).map(([address, one]) => open(address, one)));
    if (stopped || again !== undefined || ![...served.values()].some(isIncomplete)) return;
    again = setTimeout(() => {
      again = undefined;
      void openAll(isIncomplete);
    }, retryMs);
  }

  return {
    async serve(wanted) {
      for (const [address, one] of served) {
        if (wanted.has(address)) continue;
        close(address, one);
        for (const at of one.told.keys()) context.report({ type: "frontend.closed", frontend, address: at });
      }
      for (const [address, place] of wanted) if (!served.has(address)) served.set(address, fresh(place));
      await openAll(({ told }) => told.size === 0);
    },
    stop() {
      stopped = true;
      clearTimeout(again);
      for (const [address, one] of served) close(address, one);
    },
  };
}

function fresh(place: Place): Served {
  return { place, listeners: {}, failures: {}, told: new Map(), opening: false, gone: false };
}

function isIncomplete({ failures }: Served): boolean {
  return Object.keys(failures).length > 0;
}

async function openMissing(one: Served, way: "tcp" | "udp", openHalf: Open): Promise<void> {
  if (one.listeners[way]) return;
  try {
    const listener = await openHalf(one.place, way);
    one.listeners[way] = listener;
    delete one.failures[way];
    if (one.gone) listener.close();
  } catch (thrown) {
    one.failures[way] = thrown;
  }
}

/** Brings the log from what it was told of an address to what is true now: one entry when both halves fare alike, else two. */
function tell(address: string, one: Served, log: { readonly frontend: string } & Pick<HostContext, "report">): void {
  const alike = Object.keys(one.failures).length !== 1;
  const facts = (alike ? (["tcp"] as const) : WAYS).map((way) => ({ way, at: alike ? address : `${address}/${way}` }));
  for (const at of one.told.keys()) {
    if (!facts.some((fact) => fact.at === at)) log.report({ type: "frontend.closed", frontend: log.frontend, address: at });
  }
  for (const { way, at } of facts) {
    if (one.told.get(at) === way in one.listeners) continue;
    if (one.listeners[way]) log.report({ type: "frontend.listening", frontend: log.frontend, address: at, serves: serves(one) });
    else {
      const { code, message } = listenError(at, one.failures[way]);
      log.report({ type: "frontend.failed", frontend: log.frontend, address: at, code, message });
    }
  }
  one.told = new Map(facts.map(({ way, at }) => [at, way in one.listeners]));
}

function serves({ place }: Served): string {
  return isLocal(place) ? "the name server" : "the name server, open to everybody who can reach it";
}
