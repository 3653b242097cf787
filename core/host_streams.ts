// The streams of one host: where their frames go, which of them wait for a host that is on its way, and which end because a host
// is gone.

import { asNoRouterError, mends, NoRouterError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { HostFact } from "./ledger/events.ts";
import type { Network } from "./ledger/network.ts";
import type { Limits } from "./limits.ts";
import { Mux, type MuxHandlers } from "./mux/mux.ts";
import type { Stream } from "./mux/stream.ts";
import type { TrafficCounter } from "./traffic/counter.ts";
import { WaitingRoom } from "./waiting_room.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND } from "./wire/frame.ts";
import { refusalFrame, type Target } from "./wire/payload.ts";

/** What streams need of their host. */
export interface HostStreamsOptions {
  readonly self: HostId;
  readonly limits: Limits;
  /** What the host knows of the network now. */
  readonly network: () => Network;
  /** Sends a frame to the manager. */
  readonly send: (frame: Frame) => void;
  /** The link takes a data frame of this flow now. */
  readonly room: NonNullable<MuxHandlers["room"]>;
  /** Drops what waits on the link for a host that is gone. */
  readonly forget: (host: HostId) => void;
  /** Serves a stream that another host, or this one, opened. */
  readonly serve: (stream: Stream) => void;
  readonly report: (fact: HostFact) => void;
  /** Counts what goes from this host to itself; absent: nobody wants to know. */
  readonly traffic?: TrafficCounter | undefined;
  readonly debug: (line: string) => void;
}

/** The streams of a member. */
export class HostStreams {
  readonly #options: HostStreamsOptions;
  readonly #mux: Mux;
  /** Frames of this host to itself; never handed over while their sender is still running. */
  readonly #loop = new Fifo<Frame>();
  #looping = false;
  /** The session of each host that is up, which this host's streams to it belong to. */
  #sessions: ReadonlyMap<HostId, number> = new Map();
  /** New streams to hosts that are starting or will be back. */
  readonly #waiting: WaitingRoom;

  constructor(options: HostStreamsOptions) {
    const { self, limits, room, report } = options;
    this.#options = options;
    this.#waiting = new WaitingRoom(limits.returnMs, (open) => this.#refuse(open));
    this.#mux = new Mux(self, limits, {
      send: (frame) => this.#route(frame),
      room: (flow) => flow.destination === self || room(flow),
      incoming: (stream) => this.#serve(stream),
      crowded: (from, open) => report({ type: "host.crowded", from, open, code: "too-many-streams" }),
      closed: (stream, error) => this.#closed(stream, error),
    });
  }

  /**
   * Opens a stream to a host.
   * @throws NoRouterError `too-many-streams`, or `name-not-found` for a name of more than 255 bytes
   */
  open(host: HostId, target: Target): Stream {
    const stream = this.#mux.open(host, target);
    this.#options.report({ type: "stream.opened", ...subjectOf(stream), port: target.port });
    return stream;
  }

  /** Takes a frame of another host, or of this one to itself. */
  receive(frame: Frame): void {
    try {
      this.#mux.receive(frame);
    } catch (thrown) {
      this.#options.debug(`A frame was dropped: ${asNoRouterError(thrown).message}`);
    }
  }

  /** Numbers streams of this session apart from those of earlier ones. */
  startSession(session: number): void {
    this.#mux.startSession(session);
  }

  /** The link takes frames again. */
  drained(): void {
    this.#mux.drained();
  }

  /**
   * The network has changed: streams to a host end with the session they were opened in; those that wait for one go when it is
   * there.
   */
  follow(): void {
    const { network, send } = this.#options;
    const { hosts } = network();
    const sessions = new Map<HostId, number>();
    for (const [id, host] of hosts) if (host.phase === "joining" || host.phase === "ready") sessions.set(id, host.session);
    for (const [id, session] of this.#sessions) {
      if (session !== sessions.get(id)) this.#lose(id, hosts.has(id) ? "link-lost" : "host-left", this.#isAnswered(id));
    }
    this.#sessions = sessions;
    for (const id of this.#waiting.hosts()) {
      if (sessions.has(id) || this.#isAnswered(id)) for (const frame of this.#waiting.release(id)) send(frame);
      else if (this.#isLost(id)) this.#waiting.refuse(id);
    }
  }

  /** Ends every stream at once; the other ends are told nothing. */
  dropAll(): void {
    this.#waiting.clear();
    this.#mux.dropAll(new NoRouterError("link-lost"));
  }

  /** Frames to this host itself go round inside; all others go to the manager, or wait until there is a use in it. */
  #route(frame: Frame): void {
    const { destination, flags, kind } = frame;
    const { self, send, traffic } = this.#options;
    if (destination === self) {
      traffic?.pass(frame);
      this.#loopBack(frame);
    }
    // Answers go to who asked, whatever this host has heard of it so far.
    else if (
      (flags & FROM_ACCEPTOR) !== 0 ||
      kind === KIND.pong ||
      this.#sessions.has(destination) ||
      this.#isAnswered(destination)
    )
      send(frame);
    else if (kind === KIND.open && this.#isLost(destination)) this.#refuse(frame);
    else if (kind !== KIND.ping) this.#waiting.hold(frame);
  }

  /** Answers an open in the place of a host that is down. */
  #refuse(open: Frame): void {
    const name = this.#options.network().hosts.get(open.destination)?.name;
    const message = name === undefined ? "There is no such host" : `Host "${name}" has no link to the manager`;
    this.#loopBack(refusalFrame(open, "host-down", message));
  }

  /** The manager answers for the host: it has streams to it wait, and ends those that are lost. */
  #isAnswered(id: HostId): boolean {
    return this.#options.network().hosts.get(id)?.lazy !== undefined;
  }

  /** Nobody needs to wait for the host: it failed in a way that lasts, or there is none. */
  #isLost(id: HostId): boolean {
    const host = this.#options.network().hosts.get(id);
    return !host || (host.failure !== undefined && !mends(host.failure.code));
  }

  #loopBack(frame: Frame): void {
    this.#loop.push(frame);
    if (this.#looping) return;
    this.#looping = true;
    queueMicrotask(() => {
      for (let next = this.#loop.shift(); next; next = this.#loop.shift()) this.receive(next);
      this.#looping = false;
    });
  }

  #serve(stream: Stream): void {
    if (this.#sessions.has(stream.identity.remote)) this.#options.serve(stream);
    else stream.reset("host-down"); // its opener went while the open was on its way
  }

  #closed(stream: Stream, error: NoRouterError | undefined): void {
    if (!stream.identity.opener) return;
    const { bytesIn, bytesOut } = stream;
    const code = error ? { code: error.code } : {};
    this.#options.report({ type: "stream.closed", ...subjectOf(stream), bytesOut, bytesIn, ...code });
  }

  #lose(host: HostId, code: "link-lost" | "host-left", isAnswered: boolean): void {
    this.#mux.abortHost(host, new NoRouterError(code), isAnswered ? "theirs" : "all");
    if (!isAnswered) this.#options.forget(host);
  }
}

/** How a report names a stream. */
function subjectOf({ identity: { id, remote, target } }: Stream) {
  return { stream: id, to: remote, ...(target.kind === "published" ? {} : { routed: true as const }) };
}
