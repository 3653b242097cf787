// When hosts that start on demand run: a stream to one that is not there has it started, and one that nobody uses is stopped. Never
// stops a host under a stream: its gate is closed before the log says so, and whatever comes from then on waits for the next start.

import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Command } from "../ledger/decide.ts";
import type { NetworkEvent } from "../ledger/events.ts";
import type { HostState, Network } from "../ledger/network.ts";
import { isLasting } from "../link/failure.ts";
import type { Frame, HostId } from "../wire/frame.ts";
import { decodeOpen, type EndReason } from "../wire/payload.ts";
import type { Gates } from "./gates.ts";

/** What a keeper of demand needs. */
export interface DemandKeeperOptions {
  readonly gates: Gates;
  readonly network: () => Network;
  /** Carries out a command; resolves with no events when the log does not take it. */
  readonly record: (command: Command, by?: string) => Promise<readonly NetworkEvent[]>;
  /** The links have to follow. */
  readonly changed: (network: Network) => void;
}

const FOLLOWED: ReadonlySet<NetworkEvent["type"]> = new Set<NetworkEvent["type"]>([
  ...(["host.admitted", "host.changed", "host.left", "network.opened"] as const),
  ...(["host.ready", "link.closed", "host.wanted", "host.released", "host.rested"] as const),
]);

/** Hosts that start on demand. */
export class DemandKeeper {
  readonly #options: DemandKeeperOptions;
  /** Of hosts that nobody uses. */
  readonly #timers = new Map<HostId, ReturnType<typeof setTimeout>>();
  /** Hosts whose release is on its way to the log. */
  readonly #releasing = new Set<HostId>();
  #stopped = false;

  constructor(options: DemandKeeperOptions) {
    this.#options = options;
    options.gates.follow({
      wanted: (host, open) => this.#want(host, open),
      changed: (host) => this.#look(host),
      late: (host) => this.#lateness(host),
    });
  }

  /** The log has more. */
  follow(events: readonly NetworkEvent[], network: Network): void {
    let links = false;
    for (const event of events) {
      if (!FOLLOWED.has(event.type)) continue;
      if (event.type === "network.opened") for (const host of network.hosts.keys()) this.#answer(host, network);
      if (!("host" in event)) continue;
      this.#answer(event.host, network);
      links ||= event.type === "host.wanted" || event.type === "host.released" || event.type === "host.rested";
      if (event.type === "link.closed") this.#failed(event.host, network);
      if (event.type === "host.released" && this.#options.gates.of(event.host)?.waiting) this.#want(event.host);
      this.#look(event.host);
    }
    if (links) this.#options.changed(network);
  }

  /** A person starts a host: it goes on until a person stops it. */
  async start(host: HostId, by: string): Promise<readonly NetworkEvent[]> {
    return this.#options.record({ type: "want", host, kept: true }, by);
  }

  /** A person stops a host, whoever uses it. */
  stop(host: HostId, by: string): Promise<readonly NetworkEvent[]> {
    return this.#release(host, "asked", by);
  }

  /** Starts and stops no more. */
  end(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const host of this.#options.network().hosts.keys()) {
      this.#options.gates.refuse(host, { code: "host-down", message: "Network is being stopped" });
    }
  }

  /** The manager answers for hosts that start on demand, and for no others. */
  #answer(id: HostId, network: Network): void {
    const { gates } = this.#options;
    const host = network.hosts.get(id);
    if (host?.lazy) {
      gates.set(id, host.lazy.timeoutMs);
      if (host.phase === "ready" && host.demand?.wanted && !this.#releasing.has(id)) gates.open(id);
    } else if (!host) gates.leave(id);
    else gates.remove(id, { code: "host-down", message: ERRORS["host-down"].meaning });
  }

  #want(host: HostId, open?: Frame): void {
    if (this.#stopped) return;
    const { demand } = this.#options.network().hosts.get(host) ?? {};
    // Its release may be in the log before this.
    if (demand?.wanted && !this.#releasing.has(host)) return;
    void this.#options.record({ type: "want", host, ...(open ? { from: open.source, ...portOf(open) } : {}) });
  }

  /** A host that failed is tried again while somebody waits for it, unless that is in vain. */
  #failed(id: HostId, network: Network): void {
    const host = network.hosts.get(id);
    if (host?.phase !== "failed" || !host.demand || !host.failure) return;
    if (!isLasting(host.failure, true, host.retry?.attempt ?? 1)) return;
    this.#options.gates.refuse(id, this.#reasonOf(host, "could not be started"));
  }

  /** Nobody uses the host, or somebody does. */
  #look(id: HostId): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const host = this.#options.network().hosts.get(id);
    if (this.#stopped || !host?.demand?.wanted || host.demand.kept || !this.#options.gates.isQuiet(id)) return;
    if (host.phase === "failed") {
      void this.#release(id, "failed");
      return;
    }
    const idleMs = idleOf(host);
    if (idleMs === undefined || host.demand.runs === "theirs") return;
    this.#timers.set(
      id,
      setTimeout(() => void this.#release(id, "idle"), idleMs),
    );
  }

  async #release(host: HostId, reason: "idle" | "failed" | "asked", by?: string): Promise<readonly NetworkEvent[]> {
    const { gates, record, network } = this.#options;
    this.#timers.delete(host);
    if (this.#releasing.has(host)) return [];
    gates.of(host)?.close();
    this.#releasing.add(host);
    const { name } = network().hosts.get(host) ?? {};
    if (reason === "asked") gates.refuse(host, { code: "host-down", message: `Host "${name}" was stopped` });
    const events = await record({ type: "release", host, reason }, by);
    this.#releasing.delete(host);
    // A log that does not take it: all stays as it was.
    this.#answer(host, network());
    return events;
  }

  #lateness(id: HostId): EndReason {
    const host = this.#options.network().hosts.get(id);
    if (!host) return { code: "host-left", message: ERRORS["host-left"].meaning };
    if (host.failure) return this.#reasonOf(host, "could not be started in time");
    const seconds = (host.lazy?.timeoutMs ?? 0) / 1000;
    const far = host.phase === "joining" ? ": its agent is there, and what it waits for is not" : "";
    return { code: "start-timeout", message: `Host "${host.name}" was not ready within ${seconds} s${far}` };
  }

  /** What clients hear of a failure: its code, and none of its words, which may hold secrets. */
  #reasonOf({ name, failure }: HostState, what: string): EndReason {
    const code: ErrorCode = failure?.code ?? "start-failed";
    return { code, message: `Host "${name}" ${what}: ${ERRORS[code].meaning}` };
  }
}

/** How long the host may go on while nobody uses it; one that is being started has the time that somebody would wait, too. */
function idleOf({ phase, lazy }: HostState): number | undefined {
  if (!lazy) return undefined;
  if (phase === "ready") return lazy.idleMs;
  return phase === "starting" || phase === "joining" ? Math.max(lazy.idleMs ?? 0, lazy.timeoutMs) : undefined;
}

/** The port that a stream is for; nothing where the open does not say. */
function portOf(open: Frame): { readonly port?: number } {
  try {
    return { port: decodeOpen(open.payloadBytes()).target.port };
  } catch {
    return {};
  }
}
