// One framed channel between manager and agent: turns, heartbeats, and one clear end. Must not know
// what frames mean beyond those of the link itself (ping, pong and bye with the manager).

import { Bucket } from "../bucket.ts";
import { asNoRouterError, NoRouterError } from "../errors.ts";
import { LIMIT_ROWS, type Limits } from "../limits.ts";
import type { Carrier, CarrierEnd } from "../plugin/carrier.ts";
import type { Feature } from "../wire/features.ts";
import { BASE_FRAME_BYTES, type Frame, type HostId, KIND, MANAGER, makeFrame, UNASSIGNED } from "../wire/frame.ts";
import { decodeReason, encodeReason } from "../wire/payload.ts";
import type { Role } from "../wire/preamble.ts";
import { isUnknown } from "../wire/reader.ts";
import { takeBatch } from "./batch.ts";
import type { FlowIdentity } from "./flow_map.ts";
import { FrameSize } from "./frame_size.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Inbox } from "./inbox.ts";
import { Scheduler, type Waiting } from "./scheduler.ts";
import { Session } from "./session.ts";

/** Frames from this size on are bulk. */
const BULK_BYTES = 16 * 1024;

/** While no more than this waits, and `linkBytes` are not lowered, a frame may hold the whole buffer it came in: for bulk, a copy costs more. */
const LOOSE_BYTES = 8 * 1024 * 1024;
/** Memory that a frame may hold, in times its size: with few bytes waiting, and with many. */
const LOOSE = 9;
const TIGHT = 2;

/** Frames of its own that may wait before a link answers no more pings. */
const PONG_BYTES = 64 * 1024;

/** With so many times `linkBytes` waiting, not even a stream of which nothing waits may add a frame. */
const CROWDED = 8;

/** Why a link ended: what this side found, and how the carrier ended. */
export interface LinkEnd {
  readonly error: NoRouterError;
  readonly carrier: CarrierEnd;
  /** What the other side printed before its preamble, as text. */
  readonly banner: string;
}

/** What the owner of a link wants to hear. */
export interface LinkHandlers {
  /** The other side's preamble came; `banner` is what stood before it. */
  opened(banner: string): void;
  /** What {@link Link.room} refused finds room now. */
  drained?(): void;
  /** The other end opens more streams than it may; what it sends has to wait. */
  hurried?(): void;
  /** A frame was dropped whose source is not the host at the other end. Managers only. */
  forged?(frame: Frame): void;
  /** A frame that is not the link's own. What this throws closes the link. */
  frame(frame: Frame): void;
  /** The link is over; called once, after the carrier ended, unless the link was dropped. */
  closed(end: LinkEnd): void;
}

/** A link over a carrier. It opens by itself; what is sent before waits. */
export class Link {
  readonly #session: Session;
  readonly #role: Role;
  #limits: Limits;
  readonly #handlers: LinkHandlers;
  readonly #scheduler = new Scheduler();
  readonly #inbox: Inbox;
  /** What this end takes: larger data frames once the feature is in force. */
  readonly #bounds: { data: number; readonly control: number };
  readonly #frameSize = new FrameSize();
  /** Of a host's link: what it may open. */
  readonly #opens: Bucket | undefined;
  readonly #heartbeat: Heartbeat;
  /** This end's host id: the manager's, or the agent's once it was told. */
  #self: HostId;
  /** The other end's host id. */
  #other: HostId;
  #state: "opening" | "open" | "closing" | "closed" = "opening";
  /** The agent has used its id. */
  #named = false;
  #writable = true;
  #flushQueued = false;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  /** Bytes sent since the last flush. */
  #gathered = 0;
  #error: NoRouterError | undefined;
  #closing: Promise<void> | undefined;

  constructor(carrier: Carrier, role: Role, other: HostId, limits: Limits, handlers: LinkHandlers) {
    this.#role = role;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#self = role === "manager" ? MANAGER : UNASSIGNED;
    this.#other = other;
    this.#session = new Session(carrier, role, limits.bannerBytes, {
      opened: () => this.#opened(),
      data: (chunk) => this.#data(chunk),
      failed: (thrown) => void this.close(asNoRouterError(thrown)),
      drain: () => {
        this.#writable = true;
        this.#flush();
      },
      closed: (end) => this.#ended(end),
    });
    const control = role === "manager" ? limits.controlBytes : limits.snapshotBytes;
    this.#opens = role === "manager" ? new Bucket(limits.opens, limits.streams) : undefined;
    this.#bounds = { data: BASE_FRAME_BYTES, control };
    this.#inbox = new Inbox(this.#session, this.#bounds, {
      frame: (frame) => this.#receive(frame),
      failed: (thrown) => void this.close(asNoRouterError(thrown)),
    });
    this.#heartbeat = new Heartbeat(limits, {
      opening: role === "manager" ? limits.helloMs : limits.heartbeatMs * limits.heartbeatMisses,
      late: () => void this.close(new NoRouterError(role === "manager" ? "agent-silent" : "manager-gone")),
      beat: () => this.send(this.#own(KIND.ping, new Uint8Array(8))),
      dead: () =>
        role === "manager" ? this.drop(new NoRouterError("link-silent")) : void this.close(new NoRouterError("manager-gone")),
    });
  }

  /** Other numbers hold from now on, but for what is taken of the other end. */
  adopt(limits: Limits): void {
    this.#limits = limits;
    this.#heartbeat.adopt(limits);
  }

  /** Starts the carrier; both sides begin with their preamble. */
  start(): void {
    this.#heartbeat.start();
    this.#session.start();
  }

  /** The agent was told its host id. */
  assign(self: HostId): void {
    this.#self = self;
  }

  /** What waits for this link, and what may be done about it when it is too much. */
  get waiting(): Waiting {
    return this.#scheduler;
  }

  /**
   * A data frame of this end's may be added. Beyond `linkBytes` a stream waits with one frame at most, so that a quiet one
   * need not wait for all that busy ones have here.
   */
  room(flow: FlowIdentity): boolean {
    const waiting = this.#scheduler.queuedBytes(this.#self);
    const { linkBytes } = this.#limits;
    return waiting < linkBytes || (waiting < linkBytes * CROWDED && !this.#scheduler.holds(flow));
  }

  /** Puts a frame in its turn; never blocks. After the end frames are dropped. */
  send(frame: Frame): void {
    if (this.#state === "closed" || this.#state === "closing") return;
    this.#scheduler.push(this.#writable ? frame : frame.packed(this.#holdsLoosely() ? LOOSE : TIGHT));
    this.#gathered += frame.bytes;
    this.#queueFlush(frame.bytes >= BULK_BYTES && !this.#session.cheapWrites);
  }

  /**
   * The greeting was understood; until then the link counts as opening and is ended when that takes too long.
   * @param features In force on this link from now on.
   */
  confirm(features: ReadonlySet<Feature>): void {
    if (features.has("large-frames")) {
      this.#bounds.data = LIMIT_ROWS.frameBytes.max;
      this.#frameSize.allow(this.#limits.frameBytes);
    }
    this.#heartbeat.confirmed();
  }

  /** Says goodbye and ends the carrier; resolves when nothing is left of it. The first error is the one reported. */
  async close(error: NoRouterError): Promise<void> {
    this.#error ??= error;
    if (this.#state === "closed") return this.#left();
    if (this.#state === "open") {
      this.send(this.#own(KIND.bye, encodeReason(this.#error)));
      this.#flush();
    }
    this.#state = "closing";
    this.#heartbeat.stop();
    await this.#left();
  }

  /** Resolves when nothing is left of the carrier, also of one that ended by itself. */
  #left(): Promise<void> {
    this.#closing ??= this.#session.close();
    return this.#closing;
  }

  /** The same for a link whose other end cannot be waited for: over at once for its owner, while its carrier is ended. */
  drop(error: NoRouterError): void {
    void this.close(error);
    this.#ended({ stderr: [] });
  }

  #data(chunk: Uint8Array): void {
    this.#heartbeat.heard();
    if (this.#state === "open") this.#inbox.push(chunk);
  }

  #opened(): void {
    if (this.#state !== "opening") return;
    this.#state = "open";
    this.#heartbeat.opened();
    this.#handlers.opened(this.#session.banner);
    this.#queueFlush();
  }

  #receive(frame: Frame): void {
    if (this.#state !== "open") return;
    if (isUnknown(frame)) return void frame.giveBack();
    const ofLink = this.#role === "manager" ? frame.destination === MANAGER : frame.source === MANAGER;
    if (!this.#isAddressed(frame)) frame.giveBack();
    else if (ofLink && frame.kind === KIND.ping) this.#answer(frame);
    else if (ofLink && frame.kind === KIND.bye) {
      const { code, message } = decodeReason(frame.payloadBytes());
      void this.close(new NoRouterError(code, message));
    } else if (!ofLink || frame.kind !== KIND.pong) {
      if (frame.kind === KIND.open) this.#pace();
      this.#handlers.frame(frame);
    }
  }

  /** An agent speaks for its host, or for none until it has used its id; once it knows that, it takes only what is for it. */
  #isAddressed(frame: Frame): boolean {
    if (this.#role === "agent") return this.#self === UNASSIGNED || frame.destination === this.#self;
    if (frame.source === this.#other) this.#named = true;
    else if (this.#named || frame.source !== UNASSIGNED) {
      this.#handlers.forged?.(frame);
      return false;
    }
    return true;
  }

  /** Who opens streams faster than it may waits, with all that it sends. */
  #pace(): void {
    const owed = this.#opens?.owe(performance.now()) ?? 0;
    if (owed === 0) return;
    this.#inbox.hold(owed);
    this.#handlers.hurried?.();
  }

  /** Who sends pings and does not read the answers gets no more of them. */
  #answer(ping: Frame): void {
    if (this.#scheduler.queuedBytes(this.#self) < PONG_BYTES) this.send(this.#own(KIND.pong, ping.payloadBytes()));
  }

  #own(kind: Frame["kind"], payload: Uint8Array): Frame {
    return makeFrame({ kind, source: this.#self, destination: this.#other }, payload);
  }

  #holdsLoosely(): boolean {
    return this.#scheduler.queued < LOOSE_BYTES && this.#limits.linkBytes * 2 >= LOOSE_BYTES;
  }

  /**
   * Small frames leave with the present turn of the event loop. Bulk waits for the turn's other reads, up to one
   * batch: fewer and larger writes cost both ends less.
   */
  #queueFlush(bulk = false): void {
    if (!this.#writable || this.#state === "opening") return;
    if (bulk && this.#gathered < this.#limits.writeBatchBytes) {
      this.#immediate ??= setImmediate(() => this.#flush());
      return;
    }
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#flushQueued = false;
    while (this.#writable && this.#state === "open" && !this.#scheduler.empty) {
      const batch = takeBatch(() => this.#scheduler.next(this.#frameSize.bytes), this.#limits.writeBatchBytes);
      this.#frameSize.carries(
        batch.reduce((sum, { length }) => sum + length, 0),
        performance.now(),
      );
      this.#writable = this.#session.write(batch);
    }
    this.#gathered = 0;
    if (this.#scheduler.queuedBytes(this.#self) * 2 < this.#limits.linkBytes) this.#handlers.drained?.();
  }

  #ended(carrier: CarrierEnd): void {
    if (this.#state === "closed") return;
    this.#inbox.finish();
    this.#state = "closed";
    this.#heartbeat.stop();
    this.#scheduler.clear();
    const found = this.#error ?? carrier.error ?? new NoRouterError(this.#session.opened ? "link-closed" : "agent-failed");
    this.#handlers.closed({ error: found, carrier, banner: this.#session.banner });
  }
}
