// Services in the manager's router: gives each new stream to a host, and leads its frames there and back. Openers know the service
// alone, hosts the opener. Streams that go through no service are no matter here.

import { Gate } from "../demand/gate.ts";
import type { Tally } from "../demand/tally.ts";
import type { ErrorCode } from "../errors.ts";
import type { NetworkEvent } from "../ledger/events.ts";
import { EMPTY_NETWORK, type HostState, type Network } from "../ledger/network.ts";
import type { Limits } from "../limits.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, makeFrame } from "../wire/frame.ts";
import { decodeReason, refusalFrame, resetFrame, withoutClient } from "../wire/payload.ts";
import { Early } from "./early.ts";
import { type Flow, Flows, type Passage, peerOf } from "./flows.ts";
import { lackOf } from "./lack.ts";
import { type Candidate, clientOf, pick, type Rank } from "./pick.ts";
import { ServicePings } from "./pings.ts";

/** What services need of the router. */
export interface ServicesOptions {
  readonly limits: Limits;
  /** Streams of each opener that wait, for hosts and for services. */
  readonly waitingOf: Tally<HostId>;
  /** Whether a host has a link. */
  readonly hasLink: (host: HostId) => boolean;
  /** Whether streams to a host pass; those to one that is started on demand wait while it is not there. */
  readonly isOpen: (host: HostId) => boolean;
  /** Whether a stream waits for such a host, which was sent nothing of it. */
  readonly isHeld: (opener: HostId, host: HostId, stream: number) => boolean;
  /** Sends a frame of the manager's own making, with its final addresses. */
  readonly send: (frame: Frame) => void;
  /** Takes a frame of a stream that has waited, as if it came now. */
  readonly pass: (frame: Frame) => void;
  /** A frame of a host that goes no further counts all the same. */
  readonly count: (frame: Frame) => void;
  /** A host sent more than an honest one. */
  readonly violated: (host: HostId, message: string) => void;
}

/** Why a stream has no host, and whether it is to wait for one. */
interface Lack {
  readonly why: string;
  readonly wait: boolean;
}

/** The services of one network. */
export class Services {
  readonly #options: ServicesOptions;
  readonly #flows = new Flows();
  readonly #pings = new ServicePings();
  /** Streams that wait for a host of their service, by the service. */
  readonly #rooms = new Map<HostId, Gate>();
  /** When each service last gave a stream to each of its hosts, as {@link Candidate} has it. */
  readonly #last = new Map<HostId, Map<HostId, number>>();
  /** Streams that were given to hosts. */
  #given = 0;
  #network: Network = EMPTY_NETWORK;
  /** Hosts as they were at the last look. */
  #seen: Network["hosts"] = EMPTY_NETWORK.hosts;
  /** The services of the network. */
  readonly #ids = new Set<HostId>();

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** Whether there is anything to do: frames need not be looked at otherwise. */
  get isActive(): boolean {
    return this.#ids.size > 0;
  }

  /** Streams that go through services now. */
  get size(): number {
    return this.#flows.size;
  }

  /** How many of them a host was given. */
  streamsOf(host: HostId): number {
    return this.#flows.of(host);
  }

  /** Whether this is a service. */
  has(id: HostId): boolean {
    return this.#ids.has(id);
  }

  /** The network has changed. */
  know(events: readonly NetworkEvent[], network: Network): void {
    const before = this.#network;
    this.#network = network;
    if (network.hosts === before.hosts) return;
    // The log may have had hosts before the first event that is heard of.
    if (before === EMPTY_NETWORK) for (const { id, service } of network.hosts.values()) if (service) this.#ids.add(id);
    for (const event of events) if (event.type === "host.admitted" && event.service) this.#ids.add(event.host);
  }

  /** Streams that wait may have a host now. */
  look(): void {
    const { hosts } = this.#network;
    if (hosts === this.#seen) return;
    this.#seen = hosts;
    for (const [service, room] of this.#rooms) if (room.waiting > 0) this.#look(service, room);
  }

  #look(service: HostId, room: Gate): void {
    const choice = this.#choose(service, service, undefined);
    if (typeof choice === "number") {
      const frames = room.release();
      room.close();
      for (const frame of frames) this.#options.pass(frame);
    } else if (!choice.wait) for (const open of room.giveUp()) this.#refuse(open, "host-down", choice.why);
  }

  /**
   * Where a frame goes that came from a host, or that the manager made in one's place. Undefined: it waits, was answered, or is of
   * no use.
   * @param answer `ours`: the manager made it; `unsent`: it did, and the host was sent nothing of the stream.
   */
  way(frame: Frame, answer?: "ours" | "unsent"): Passage | undefined {
    const flow = this.#flows.get(frame);
    if (flow?.early && this.#begins(flow, flow.early, frame, answer)) return undefined;
    if (flow) return this.#along(flow, frame);
    if (!this.has(frame.destination)) return this.#pings.answered(frame) ?? { frame, far: frame };
    if (frame.kind === KIND.open) return this.#open(frame);
    if (frame.kind === KIND.ping) return this.#ping(frame);
    if ((frame.flags & FROM_ACCEPTOR) === 0 && this.#rooms.has(frame.destination)) return this.#hold(frame);
    frame.giveBack();
    return undefined;
  }

  /** A host's link is over, or it has left: what it had to do with services is over. */
  lost(host: HostId, code: ErrorCode): void {
    for (const room of this.#rooms.values()) room.leave(host);
    this.#pings.forget(host);
    // Hosts hear of an opener's end by themselves, and openers of that of a service.
    for (const flow of this.#flows.filter((one) => one.opener === host || one.host === host)) {
      const isOfOther = flow.opener !== host;
      if (isOfOther && this.#options.isHeld(flow.opener, host, flow.stream)) continue;
      if (isOfOther && flow.early && this.#again(flow, flow.early, code)) continue;
      this.#flows.remove(flow);
      // What an opener has its own service give it waits under the service's name.
      if (flow.opener === flow.host) this.#reset(flow, flow.service, host, 0, code);
      if (isOfOther) this.#reset(flow, flow.service, flow.opener, FROM_ACCEPTOR, code);
    }
  }

  /** A service has left the network. */
  left(service: HostId): void {
    this.#ids.delete(service);
    this.#last.delete(service);
    this.#pings.forget(service);
    for (const open of this.#rooms.get(service)?.giveUp() ?? []) this.#refuse(open, "host-left");
    this.#rooms.delete(service);
    for (const flow of this.#flows.filter((one) => one.service === service)) {
      const { opener, host, stream } = flow;
      this.#flows.remove(flow);
      const reset = resetFrame({ source: peerOf(flow), destination: host, flags: 0, stream }, { code: "host-left", message: "" });
      if (opener !== host) this.#options.count(reset); // as if the opener had said it
      this.#options.send(reset);
    }
  }

  #reset({ stream }: Flow, source: HostId, destination: HostId, flags: number, code: ErrorCode): void {
    this.#options.send(resetFrame({ source, destination, flags, stream }, { code, message: "" }));
  }

  #along(flow: Flow, frame: Frame): Passage {
    this.#flows.passed(flow, frame);
    const { opener, service, host } = flow;
    const toOpener = (frame.flags & FROM_ACCEPTOR) !== 0;
    const goes = toOpener ? frame.readdressed(service, opener) : frame.readdressed(peerOf(flow), host);
    return { frame: goes, far: toOpener ? frame : goes };
  }

  #open(frame: Frame): Passage | undefined {
    const { source: opener, destination: service, stream } = frame;
    const { client, open } = withoutClient(frame.payloadBytes());
    const choice = this.#choose(service, opener, client);
    if (typeof choice !== "number") return choice.wait ? this.#hold(frame) : this.#refuse(frame, "host-down", choice.why);
    if (this.#flows.openedBy(opener) >= this.#options.limits.streams) return this.#refuse(frame, "too-many-streams");
    const early = new Early(this.#options.limits.minWindowBytes);
    const flow = this.#flows.add({ opener, service, host: choice, stream, early });
    if (!flow) return this.#refuse(frame, "flow-violation");
    this.#gave(flow, early);
    const bare =
      client === undefined ? frame : makeFrame({ kind: KIND.open, source: opener, destination: service, stream }, open);
    if (bare !== frame) frame.giveBack();
    early.sent(bare);
    return this.#along(flow, bare);
  }

  /** A frame of a stream that is not accepted yet; true when it was a refusal, and another host has the stream now. */
  #begins(flow: Flow, early: Early, frame: Frame, answer?: "ours" | "unsent"): boolean {
    if ((frame.flags & FROM_ACCEPTOR) === 0) early.sent(frame);
    if ((frame.flags & FROM_ACCEPTOR) === 0 || frame.kind !== KIND.reset) return false;
    const code = answer === "unsent" ? answer : decodeReason(frame.payloadBytes()).code;
    if (!this.#again(flow, early, code)) return false;
    if (answer === undefined) this.#options.count(frame);
    return true;
  }

  /** Gives a stream that nobody has accepted to another host; false when there is none, or the stream has gone too far. */
  #again(flow: Flow, early: Early, code: ErrorCode | "unsent"): boolean {
    const frames = early.again(code);
    const { opener, service, stream } = flow;
    const host = frames && this.#choose(service, opener, undefined, early.tried);
    if (typeof host !== "number" || !frames) return false;
    this.#flows.remove(flow);
    const next = this.#flows.add({ opener, service, host, stream, early: undefined });
    if (!next) {
      this.#refuse(frames[0] as Frame, "flow-violation");
      return true;
    }
    this.#gave(next, early);
    next.early = early;
    early.repeats(() => {
      // The host may have refused it at once, and another one has it already.
      for (const frame of frames) if (this.#flows.get(frame) === next) this.#options.pass(frame);
    });
    return true;
  }

  #gave({ service, host, opener }: Flow, early: Early): void {
    early.given(host);
    const last = this.#last.get(service) ?? new Map<HostId, number>();
    this.#given += 1;
    this.#last.set(service, last.set(host, this.#given));
    this.#pings.given(opener, service, host);
  }

  #refuse(open: Frame, code: ErrorCode, message?: string): undefined {
    open.giveBack();
    this.#options.send(refusalFrame(open, code, message));
    return undefined;
  }

  #hold(frame: Frame): undefined {
    const { source, destination: service } = frame;
    const { limits, violated, waitingOf } = this.#options;
    const known = this.#rooms.get(service);
    const room = known ?? new Gate(service, limits, { late: (open) => this.#overdue(open), changed: () => undefined }, waitingOf);
    if (!known) this.#rooms.set(service, room);
    const outcome = room.hold(frame, performance.now() + limits.returnMs);
    if (outcome === "full") this.#refuse(frame, "too-many-streams");
    if (outcome !== "surplus") return undefined;
    frame.giveBack();
    violated(source, `More data was sent than there was credit for, to service ${service}`);
    return undefined;
  }

  #overdue(open: Frame): void {
    const choice = this.#choose(open.destination, open.source, undefined);
    this.#refuse(open, "host-down", typeof choice === "number" ? undefined : choice.why);
  }

  #ping(frame: Frame): Passage | undefined {
    const { source: opener, destination: service } = frame;
    const host = this.#pings.begin(frame);
    if (host !== undefined && host !== opener) {
      const goes = frame.readdressed(opener, host);
      return { frame: goes, far: goes };
    }
    // Its own service's stream goes to the opener itself: the way there and back is the one to the manager.
    if (host === opener)
      this.#options.send(makeFrame({ kind: KIND.pong, source: service, destination: opener }, frame.payloadBytes().slice()));
    frame.giveBack();
    return undefined;
  }

  /** The host for a new stream, or why there is none now. */
  #choose(id: HostId, opener: HostId, address: number | undefined, tried?: ReadonlySet<HostId>): HostId | Lack {
    const { hosts } = this.#network;
    const state = hosts.get(id);
    const service = state?.service;
    if (!service) return { why: "There is no such service", wait: false };
    const last = this.#last.get(id);
    const candidates: Candidate[] = [];
    const lacking: string[] = [];
    let isComing = false;
    for (const host of service.hosts) {
      if (tried?.has(host)) continue;
      const member = hosts.get(host);
      const lack = member ? lackOf(member, id, service.health !== undefined) : "gone";
      const rank = member && this.#rankOf(member, lack);
      if (rank) candidates.push({ host, rank, streams: this.#flows.of(host), last: last?.get(host) ?? 0 });
      else if (lack === undefined || lack === "starting") isComing = true;
      if (lack !== undefined) lacking.push(`"${member?.name ?? host}" is ${lack === "starting" ? "not ready" : lack}`);
    }
    const host = pick(service, candidates, clientOf(opener, address));
    if (host !== undefined) return host;
    return { why: `Service "${state.name}" has no host for it: ${lacking.join(", ")}`, wait: isComing };
  }

  /** What a host can do for a new stream; undefined for one that gets none now. Who is started on demand has its streams wait for it. */
  #rankOf({ id, lazy, demand, failure }: HostState, lack: ReturnType<typeof lackOf> | "gone"): Rank | undefined {
    const { hasLink, isOpen } = this.#options;
    if (lack === undefined && hasLink(id) && isOpen(id)) return "up";
    if (!lazy || (lack !== undefined && lack !== "starting" && lack !== "idle")) return undefined;
    return demand?.wanted ? "starting" : failure ? "failed" : "idle";
  }
}
