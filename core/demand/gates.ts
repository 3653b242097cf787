// The streams to each host, and the hosts that the manager answers for, as they are not always there. Frames that a closed gate takes
// are held here, passed on when it opens, and answered in the host's place when it does not.

import { ERRORS, type ErrorCode } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND } from "../wire/frame.ts";
import { type EndReason, refusalFrame, resetFrame } from "../wire/payload.ts";
import { Gate } from "./gate.ts";
import { Tally } from "./tally.ts";

/** What gates tell their owner. */
export interface GatesHandlers {
  /** Somebody opens a stream to a host that is not there. */
  wanted(host: HostId, open: Frame): void;
  /** More or fewer streams to a host are open or wait than before. */
  changed(host: HostId): void;
  /** What is said to a stream that has waited long enough. */
  late(host: HostId): EndReason;
}

/** What gates do with frames. */
export interface GatesRoutes {
  /** Takes a frame for a host that is there, as if it had just come. */
  enter(frame: Frame): void;
  /**
   * Sends a frame to an opener, in the place of the host that it is about.
   * @param isUnsent The host was sent nothing of the stream.
   */
  answer(frame: Frame, isUnsent?: boolean): void;
  /** A host sent what no honest one sends. */
  violated(host: HostId, message: string): void;
}

/** A host, and the streams to it. */
interface Destination {
  readonly gate: Gate;
  /** How long a stream waits for the host, in milliseconds; undefined: the manager does not answer for it. */
  timeoutMs: number | undefined;
}

/** The gates of one router. */
export class Gates {
  readonly #limits: Limits;
  readonly #routes: GatesRoutes;
  #handlers: GatesHandlers | undefined;
  readonly #hosts = new Map<HostId, Destination>();
  /** Streams of each opener that wait for any host. */
  readonly #waitingOf: Tally<HostId>;

  constructor(limits: Limits, routes: GatesRoutes, waitingOf: Tally<HostId> = new Tally()) {
    this.#waitingOf = waitingOf;
    this.#limits = limits;
    this.#routes = routes;
  }

  /** Says who hears of it. */
  follow(handlers: GatesHandlers): void {
    this.#handlers = handlers;
  }

  /** Answers for a host from now on; unless it is there, streams to it wait until {@link open}. */
  set(host: HostId, timeoutMs: number): void {
    this.#destination(host).timeoutMs = timeoutMs;
  }

  /** Answers for a host no more; streams that wait for it are refused. */
  remove(host: HostId, reason: EndReason): void {
    const destination = this.#hosts.get(host);
    if (!destination) return;
    destination.timeoutMs = undefined;
    for (const open of destination.gate.giveUp()) this.#refuse(open, reason);
  }

  /** A host has left the network; streams that wait for it are refused. */
  leave(host: HostId): void {
    this.remove(host, { code: "host-left", message: ERRORS["host-left"].meaning });
    this.#hosts.delete(host);
  }

  /** The gate of a host that the manager answers for. */
  of(host: HostId): Gate | undefined {
    const destination = this.#hosts.get(host);
    return destination?.timeoutMs === undefined ? undefined : destination.gate;
  }

  /** Whether nobody uses a host: no stream to it is open, and none waits. */
  isQuiet(host: HostId): boolean {
    const gate = this.#hosts.get(host)?.gate;
    return gate === undefined || gate.flows + gate.waiting === 0;
  }

  /** A host is there: what waited for it goes on. */
  open(host: HostId): void {
    for (const frame of this.of(host)?.release() ?? []) this.#routes.enter(frame);
  }

  /** Refuses all streams that wait for a host. */
  refuse(host: HostId, reason: EndReason): void {
    const opens = this.of(host)?.giveUp() ?? [];
    for (const open of opens) this.#refuse(open, reason);
    if (opens.length > 0) this.#handlers?.changed(host);
  }

  /** Takes a frame that has to wait, or is of no use to a host that is not there; false for one that passes. */
  takes(frame: Frame): boolean {
    const found = this.#hosts.get(frame.destination);
    if (found?.timeoutMs === undefined || found.gate.isOpen) return false;
    const { kind, flags, destination } = frame;
    // Answers to streams that the host opened, and round trips: a host that is being started has these, too.
    if ((flags & FROM_ACCEPTOR) !== 0 || kind === KIND.ping || kind === KIND.pong) return false;
    const isOpen = kind === KIND.open;
    if (!isOpen && found.gate.follows(frame.source, frame.stream)) return false;
    const outcome = found.gate.hold(frame, isOpen ? this.#until(frame.source, found.timeoutMs) : 0);
    if (outcome === "full") this.#refuse(frame, { code: "too-many-streams", message: "" });
    if (outcome === "surplus") {
      frame.giveBack();
      this.#routes.violated(frame.source, `More data was sent than there was credit for, to host ${destination}`);
    }
    if (outcome === "held" && isOpen) this.#handlers?.wanted(destination, frame);
    return true;
  }

  /** A frame passes between two hosts. */
  passed(frame: Frame): void {
    const { kind, flags, source, destination } = frame;
    if (kind === KIND.open) this.#destination(destination).gate.passed(frame);
    else if (kind === KIND.end || kind === KIND.reset)
      this.#hosts.get((flags & FROM_ACCEPTOR) === 0 ? destination : source)?.gate.passed(frame);
  }

  /** A host's link is over: what went through it is reset for its openers, and what it opened is forgotten. */
  lost(host: HostId): void {
    const code: ErrorCode = "link-lost";
    const destination = this.#hosts.get(host);
    const lost = destination?.gate.lose() ?? [];
    // Openers end streams to other hosts by themselves.
    for (const { opener, stream } of destination?.timeoutMs === undefined ? [] : lost) {
      const fields = { source: host, destination: opener, flags: FROM_ACCEPTOR, stream };
      this.#routes.answer(resetFrame(fields, { code, message: "" }));
    }
    for (const { gate } of this.#hosts.values()) gate.leave(host);
  }

  #destination(host: HostId): Destination {
    const known = this.#hosts.get(host);
    if (known) return known;
    const handlers = {
      late: (open: Frame) => this.#refuse(open, this.#handlers?.late(host) ?? { code: "start-timeout", message: "" }),
      // Of others nobody asks whether they are in use.
      changed: () => made.timeoutMs !== undefined && this.#handlers?.changed(host),
    };
    const gate = new Gate(host, this.#limits, handlers, this.#waitingOf);
    const made: Destination = { gate, timeoutMs: undefined };
    this.#hosts.set(host, made);
    return made;
  }

  /** A host that is being started waits no longer for others than others wait for it: chains of starts have one bound. */
  #until(opener: HostId, timeoutMs: number): number {
    const own = performance.now() + timeoutMs;
    const gate = this.of(opener);
    return gate?.isOpen === false ? Math.min(own, gate.until ?? own) : own;
  }

  #refuse(open: Frame, { code, message }: EndReason): void {
    this.#routes.answer(refusalFrame(open, code, message), true);
    open.giveBack();
  }
}
