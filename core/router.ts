// The hub of the star: hands frames from one host's link to another's. Reads headers, credit and ports only, judges no
// frame by its stream, lets no host speak for another, and none send more than it was allowed.

import type { Bus, Detach } from "./bus.ts";
import { Gates, type GatesRoutes } from "./demand/gates.ts";
import { Tally } from "./demand/tally.ts";
import type { ErrorCode } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Waiting } from "./link/scheduler.ts";
import { MAX_CREDIT } from "./mux/credit.ts";
import { isBoundless, PairAccounts } from "./pair_account.ts";
import type { Passage } from "./service/flows.ts";
import { Services } from "./service/services.ts";
import { TrafficCounter } from "./traffic/counter.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, type Kind } from "./wire/frame.ts";
import { refusalFrame, resetFrame } from "./wire/payload.ts";

/** A link as the router sees it. */
export interface RouterPort {
  send(frame: Frame): void;
  readonly waiting: Waiting;
}

/** What a router tells its owner. */
export interface RouterHandlers {
  /** Counts what is passed on. Default: one of its own. */
  readonly traffic?: TrafficCounter;
  /** Whether a host is in the network. */
  knows(host: HostId): boolean;
  /** A host broke a rule and its frames were dropped. */
  refused(host: HostId, code: ErrorCode, message: string): void;
  /** A host sent what no honest one sends; its link is to be ended. */
  violated(host: HostId, message: string): void;
  /** The manager's own frames pile up on a host's link: nobody reads there. */
  unread(host: HostId): void;
}

/** Kinds that go from host to host; all others are between a host and the manager. */
const RELAYED: ReadonlySet<Kind> = new Set([
  KIND.open,
  KIND.accept,
  KIND.data,
  KIND.credit,
  KIND.end,
  KIND.reset,
  KIND.ping,
  KIND.pong,
]);

/** Moves frames between links. */
export class Router {
  readonly #bus: Bus;
  readonly #limits: Limits;
  readonly #handlers: RouterHandlers;
  readonly #ports = new Map<HostId, RouterPort>();
  readonly #accounts: PairAccounts;
  /** Hosts that are not always there, and the streams to them. */
  readonly gates: Gates;
  /** Counts what is passed on. */
  readonly traffic: TrafficCounter;
  readonly #services: Services;

  constructor(bus: Bus, limits: Limits, handlers: RouterHandlers) {
    this.traffic = handlers.traffic ?? new TrafficCounter(limits);
    this.#bus = bus;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#accounts = new PairAccounts(limits, () => performance.now());
    const waitingOf = new Tally<HostId>();
    const routes: GatesRoutes = {
      enter: (frame) => this.#enter(frame, frame),
      answer: (frame, isUnsent) => this.#answer(frame, isUnsent),
      violated: (host, message) => handlers.violated(host, message),
    };
    this.gates = new Gates(limits, routes, waitingOf);
    this.#services = new Services({
      ...{ limits, waitingOf },
      hasLink: (host) => this.#ports.has(host),
      isOpen: (host) => this.gates.of(host)?.isOpen ?? true,
      isHeld: (opener, host, stream) => this.gates.of(host)?.holds(opener, stream) ?? false,
      send: (frame) => {
        if (this.gates.takes(frame)) return;
        this.gates.passed(frame);
        this.traffic.pass(frame);
        bus.send(frame);
      },
      pass: (frame) => this.#pass(frame),
      count: (frame) => {
        this.#accounts.enter(frame);
        this.gates.passed(frame);
      },
      violated: (host, message) => handlers.violated(host, message),
    });
    bus.subscribe(({ events, network }) => {
      this.#services.know(events, network);
      // Streams of services may go to these hosts before anyone else hears of them.
      for (const event of events) {
        if ((event.type === "host.admitted" || event.type === "host.changed") && event.lazy)
          this.gates.set(event.host, event.lazy.timeoutMs);
      }
      for (const event of events) if (event.type === "host.left") this.#left(event.host);
      this.#services.look();
    });
  }

  /** Streams through services that a host serves. */
  serves(host: HostId): number {
    return this.#services.streamsOf(host);
  }

  /** Streams that go through services. */
  get served(): number {
    return this.#services.size;
  }

  #left(host: HostId): void {
    this.gates.leave(host);
    if (this.#services.has(host)) this.#services.left(host);
    else this.#services.lost(host, "host-left");
    this.#accounts.leave(host);
  }

  /** How many accounts of pairs of hosts there are, one for each direction. */
  get pairs(): number {
    return this.#accounts.size;
  }

  /** Makes a link reachable for the others. */
  attach(host: HostId, port: RouterPort): Detach {
    this.#ports.set(host, port);
    const detach = this.#bus.attach(host, (frame) => {
      port.send(frame);
      if (port.waiting.queued > this.#limits.queueBytes) this.#relieve(host, port);
    });
    return () => {
      detach();
      // A later link of the host has taken its place, and has accounts and frames of its own.
      if (this.#ports.get(host) !== port) return;
      this.#ports.delete(host);
      this.traffic.forget(host);
      // Of a host that has left, something may have come between that and the end of its link.
      if (this.#handlers.knows(host)) this.#accounts.forget(host);
      else this.#accounts.leave(host);
      for (const other of this.#ports.values()) dropLost(host, other);
      this.gates.lost(host);
      this.#services.lost(host, this.#handlers.knows(host) ? "link-lost" : "host-left");
    };
  }

  /** Streams that one host has opened to another since their links began. Those of a service to its own opener are not counted. */
  opens(source: HostId, destination: HostId): number {
    return this.#services.has(source) ? Number.POSITIVE_INFINITY : this.#accounts.opens(source, destination);
  }

  /** Takes a frame that came over the link of host `from`. */
  relay(from: HostId, frame: Frame): void {
    if (frame.source !== from) {
      this.#handlers.refused(from, "spoofed-frame", spoofed(frame.source, from));
    } else if (!RELAYED.has(frame.kind)) {
      this.#handlers.refused(from, "malformed-frame", `Frame of kind ${frame.kind} is for the manager only`);
    } else this.#pass(frame);
  }

  #pass(frame: Frame): void {
    if (!this.#handlers.knows(frame.destination)) {
      if (frame.kind === KIND.open) this.#bus.send(refusalFrame(frame, "host-down"));
      frame.giveBack();
      return;
    }
    const passage = this.#services.isActive ? this.#services.way(frame) : undefined;
    if (passage) this.#enterThrough(passage, frame);
    else if (!this.#services.isActive && !this.gates.takes(frame)) this.#enter(frame, frame);
  }

  /** Takes a frame that was looked at for services; most belong to none. */
  #enterThrough({ frame, far }: Passage, came: Frame): void {
    if (!this.gates.takes(frame)) this.#enter(frame, came, far);
  }

  /**
   * Takes a frame for a host that is there.
   * @param came The frame with the addresses that it came with, which what waits in the other direction has.
   * @param far The frame between the two hosts that it is of, where a service is in between.
   */
  #enter(frame: Frame, came: Frame, far: Frame = frame): void {
    const { source: from } = came;
    // Nobody can answer, and openers ask again and again.
    if (frame.kind === KIND.ping && !this.#ports.has(frame.destination)) {
      frame.giveBack();
      return;
    }
    // What a host sends itself by way of a service is its own affair.
    const isOwn = this.#services.has(far.source) || this.#services.has(far.destination);
    const objection = isOwn ? undefined : this.#accounts.enter(far);
    if (objection === undefined) {
      if (isBoundless(frame))
        this.#handlers.refused(
          from,
          "flow-violation",
          `Host gives credit of more than ${MAX_CREDIT} bytes; nobody counts what is beyond`,
        );
      // What still waits for who resets a stream is of no use to anyone.
      if (frame.kind === KIND.reset) this.#ports.get(from)?.waiting.cancelOpposite(came);
      this.gates.passed(far);
      if (this.#ports.has(frame.destination)) this.traffic.pass(far);
      if (!this.#bus.send(frame) && frame.kind === KIND.open) this.#bounce(frame);
    } else {
      frame.giveBack();
      if (objection !== "surplus") this.#handlers.violated(from, `${objection.violation}, to host ${frame.destination}`);
    }
  }

  /**
   * More waits for a link than one host's windows may hold, and none who sent it went beyond what it was allowed: the reader
   * allows more than it takes. What waits of the host with most is dropped, and those streams are reset.
   */
  #relieve(host: HostId, port: RouterPort): void {
    const source = port.waiting.largestSource();
    if (source === undefined || !(this.#ports.has(source) || this.#services.has(source))) {
      this.#handlers.unread(host);
      return;
    }
    const code = "flow-violation";
    const message = "Host lets others send more than it takes; the streams were reset";
    for (const lost of port.waiting.dropSource(source).streams) {
      const { stream, flags, destination } = lost;
      if (lost.kind === KIND.open) this.#accounts.answered(lost);
      port.send(resetFrame({ source, destination, flags, stream }, { code, message }));
      this.#answer(
        resetFrame({ source: destination, destination: source, flags: flags ^ FROM_ACCEPTOR, stream }, { code, message }),
      );
    }
    this.#handlers.refused(host, code, message);
  }

  /** Nobody is there: answers in the place of the host that is down. */
  #bounce(open: Frame): void {
    this.#accounts.answered(open);
    this.#answer(refusalFrame(open, "host-down"), true);
  }

  /** Sends what the manager says in the place of a host. */
  #answer(frame: Frame, isUnsent = false): void {
    const answer = isUnsent ? "unsent" : "ours";
    const passage = this.#services.isActive ? this.#services.way(frame, answer) : { frame, far: frame };
    if (!passage) return;
    this.gates.passed(passage.far);
    this.traffic.pass(passage.far);
    this.#bus.send(passage.frame);
  }
}

/**
 * Drops what waits for a link of a host that is gone: whoever got it after the host is back would take it for its new session's. Openers
 * whose streams lost something get their end.
 */
function dropLost(host: HostId, to: RouterPort): void {
  const { streams, ahead } = to.waiting.dropSource(host);
  for (const frame of ahead) if (frame.kind === KIND.reset && isAnswer(frame)) to.send(frame);
  for (const { destination, flags, stream } of streams.filter(isAnswer))
    to.send(resetFrame({ source: host, destination, flags, stream }, { code: "link-lost", message: "" }));
}

function isAnswer({ flags }: Frame): boolean {
  return (flags & FROM_ACCEPTOR) !== 0;
}

/** What is said of a host that speaks for another. */
export function spoofed(source: HostId, from: HostId): string {
  return `Frame claims host ${source} as its source; ${from} was wanted`;
}
