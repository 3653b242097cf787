// One host of the network, in an agent or inside the manager: follows the log and owns the host's streams. Knows its manager
// through one link and nothing else.

import { Bus } from "./bus.ts";
import { asNoRouterError, mends, NoRouterError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { HostParts } from "./host_parts.ts";
import type { AgentInfo, LoadedPlugin } from "./ledger/events.ts";
import type { HostState } from "./ledger/network.ts";
import { Replica } from "./ledger/replica.ts";
import { settingsAt } from "./ledger/settings.ts";
import { snapshotFromJson } from "./ledger/snapshot_json.ts";
import type { Limits } from "./limits.ts";
import { Link, type LinkEnd } from "./link/link.ts";
import { Mux } from "./mux/mux.ts";
import type { Stream } from "./mux/stream.ts";
import { CodeClient } from "./part_code.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { CodeLoader } from "./plugin/host_code.ts";
import type { HostContext } from "./plugin/host_context.ts";
import type { PluginOnHost } from "./plugin/plugin.ts";
import { Reporter } from "./reporter.ts";
import { settlesWithin } from "./settle.ts";
import { WaitingRoom } from "./waiting_room.ts";
import { clippedFact, encodeControl, type ManagerMessage, type Welcome } from "./wire/control.ts";
import { FEATURES, featuresInForce } from "./wire/features.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, MANAGER, makeFrame, UNASSIGNED } from "./wire/frame.ts";
import { decodeManagerMessage } from "./wire/manager_message.ts";
import { refusalOf } from "./wire/payload.ts";

/** What a member is made of. */
export interface MemberOptions {
  readonly carrier: Carrier;
  /** What this process can run on the host. */
  readonly plugins: readonly PluginOnHost[];
  /** Runs code of others; absent: none is run here. */
  readonly codeLoader?: CodeLoader | undefined;
  readonly limits: Limits;
  readonly agent: AgentInfo;
  /** Lines for `--debug`. */
  readonly debug: (line: string) => void;
  /** What keys exposed as secrets; inside the manager only. */
  readonly secret?: HostContext["secret"];
  /** The link to the manager is over and everything of this host was ended. */
  readonly closed: (end: LinkEnd) => void;
}

/** A member of the network. */
export class Member {
  readonly #options: MemberOptions;
  readonly #bus: Bus;
  readonly #link: Link;
  readonly #replica = new Replica();
  readonly #reporter: Reporter;
  /** Frames of this host to itself; never handed over while their sender is still running. */
  readonly #loop = new Fifo<Frame>();
  #looping = false;
  #self: HostId = UNASSIGNED;
  #mux: Mux | undefined;
  #parts: HostParts | undefined;
  readonly #code: CodeClient;
  /** The session of each host that this member's streams belong to. */
  #sessions = new Map<HostId, number>();
  /** New streams to hosts that are starting or will be back. */
  readonly #waiting: WaitingRoom;

  constructor(options: MemberOptions) {
    this.#options = options;
    const { limits } = options;
    this.#bus = new Bus((thrown) => options.debug(`A frame was dropped: ${asNoRouterError(thrown).message}`));
    this.#reporter = new Reporter(limits, (facts) => this.#send(KIND.control, encodeControl({ type: "report", facts })));
    const { codeLoader: loader } = options;
    this.#code = new CodeClient({ limits, loader, send: (message) => this.#send(KIND.control, encodeControl(message)) });
    this.#waiting = new WaitingRoom(limits.returnMs, (open) => this.#refuse(open));
    this.#link = new Link(options.carrier, "agent", MANAGER, limits, {
      opened: () => this.#hello(),
      drained: () => this.#mux?.drained(),
      frame: (frame) => this.#receive(frame),
      closed: (end) => void this.#ended(end),
    });
  }

  /** Begins to talk to the manager. */
  start(): void {
    this.#link.start();
  }

  /** Leaves the network; resolves when nothing is left open. */
  async stop(): Promise<void> {
    await this.#link.close(new NoRouterError("link-closed", "Agent was told to stop"));
  }

  #hello(): void {
    this.#send(KIND.control, encodeControl({ type: "hello", agent: this.#options.agent, features: FEATURES }));
  }

  #send(kind: Frame["kind"], payload: Uint8Array): void {
    this.#link.send(makeFrame({ kind, source: this.#self, destination: MANAGER }, payload));
  }

  #receive(frame: Frame): void {
    if (frame.source !== MANAGER) this.#bus.send(frame);
    else if (frame.kind === KIND.control) this.#control(decodeManagerMessage(frame.payloadBytes()), frame.destination);
  }

  #control(message: ManagerMessage, destination: HostId): void {
    if ((message.type === "welcome") !== (this.#mux === undefined)) outOfPlace(message.type);
    if (message.type === "welcome") {
      if (message.host !== destination) outOfPlace("welcome of another host");
      this.#join(message);
      return;
    }
    if (message.type === "code") {
      this.#code.receive(message);
      return;
    }
    if (message.type === "snapshot") this.#restore(message.snapshot);
    else if (this.#replica.seq === 0) outOfPlace("events without a snapshot");
    else this.#replica.apply(message);
    this.#changed();
  }

  #restore(snapshot: unknown): void {
    this.#replica.restore(snapshotFromJson(snapshot));
    const self = this.#replica.network.hosts.get(this.#self) ?? outOfPlace("snapshot without this host");
    if (self.session > 0) this.#mux?.startSession(self.session);
  }

  #join({ host: self, features }: Welcome): void {
    const { limits, debug } = this.#options;
    this.#self = self;
    this.#link.assign(self);
    this.#link.confirm(featuresInForce(features));
    const mux = new Mux(self, limits, {
      send: (frame) => this.#route(frame),
      room: (flow) => flow.destination === self || this.#link.room(flow),
      incoming: (stream) => this.#serve(stream),
      crowded: (from, open) => this.#reporter.add({ type: "host.crowded", from, open, code: "too-many-streams" }),
      closed: (stream, error) => this.#streamClosed(stream, error),
    });
    this.#mux = mux;
    this.#bus.attach(self, (frame) => mux.receive(frame));
    this.#parts = new HostParts({
      load: (plugin) => this.#load(plugin),
      context: this.#context(mux),
      report: (fact) => this.#reporter.add(clippedFact(fact)),
      debug,
      stopMs: limits.stopMs,
    });
  }

  async #load({ name, code }: LoadedPlugin): Promise<unknown> {
    if (code) return this.#code.load(code);
    const host = this.#options.plugins.find((plugin) => plugin.name === name)?.host;
    return host && "load" in host ? host.load() : undefined;
  }

  #context(mux: Mux): Omit<HostContext, "report"> {
    return {
      self: () => this.#replica.network.hosts.get(this.#self) as HostState,
      network: () => this.#replica.network,
      dial: (host, target) => {
        const stream = mux.open(host.id, target);
        this.#reporter.add({ type: "stream.opened", ...subjectOf(stream), port: target.port });
        return stream;
      },
      settings: (key) => settingsAt(this.#replica.network.hosts.get(this.#self) ?? {}, key),
      secret: (kind, key, route) => this.#options.secret?.(kind, key, route),
      limits: this.#options.limits,
    };
  }

  /** Frames to this host itself go round inside; all others go to the manager, or wait until there is a use in it. */
  #route(frame: Frame): void {
    const { destination, flags, kind } = frame;
    if (destination === this.#self) this.#loopBack(frame);
    // Answers go to who asked, whatever this host has heard of it so far.
    else if ((flags & FROM_ACCEPTOR) !== 0 || kind === KIND.pong || this.#sessions.has(destination)) this.#link.send(frame);
    else if (kind === KIND.open && this.#isLost(destination)) this.#refuse(frame);
    else if (kind !== KIND.ping) this.#waiting.hold(frame);
  }

  /** Answers an open in the place of a host that is down. */
  #refuse(open: Frame): void {
    const name = this.#replica.network.hosts.get(open.destination)?.name;
    const message = name === undefined ? "There is no such host" : `Host "${name}" has no link to the manager`;
    this.#loopBack(refusalOf(open, "host-down", message));
  }

  /** Nobody needs to wait for the host: it failed in a way that lasts, or there is none. */
  #isLost(id: HostId): boolean {
    const host = this.#replica.network.hosts.get(id);
    return !host || (host.failure !== undefined && !mends(host.failure.code));
  }

  #loopBack(frame: Frame): void {
    this.#loop.push(frame);
    if (this.#looping) return;
    this.#looping = true;
    queueMicrotask(() => {
      for (let next = this.#loop.shift(); next; next = this.#loop.shift()) this.#bus.send(next);
      this.#looping = false;
    });
  }

  #serve(stream: Stream): void {
    if (this.#sessions.has(stream.identity.remote)) this.#parts?.serve(stream);
    else stream.reset("host-down"); // its opener went while the open was on its way
  }

  #streamClosed(stream: Stream, error: NoRouterError | undefined): void {
    if (!stream.identity.opener) return;
    const { bytesIn, bytesOut } = stream;
    const code = error ? { code: error.code } : {};
    this.#reporter.add({ type: "stream.closed", ...subjectOf(stream), bytesOut, bytesIn, ...code });
  }

  #changed(): void {
    this.#follow();
    const { network } = this.#replica;
    const self = network.hosts.get(this.#self);
    const settled = self && this.#parts?.reconcile(network, self);
    if (self?.phase !== "joining") return;
    void settled?.then(() => this.#reporter.add({ type: "host.ready" }));
  }

  /** Streams to a host end with the session they were opened in; those that wait for it go when it is there. */
  #follow(): void {
    const sessions = new Map<HostId, number>();
    const { hosts } = this.#replica.network;
    for (const [id, host] of hosts) if (host.phase === "joining" || host.phase === "ready") sessions.set(id, host.session);
    for (const [id, session] of this.#sessions) {
      if (session !== sessions.get(id)) this.#lose(id, hosts.has(id) ? "link-lost" : "host-left");
    }
    this.#sessions = sessions;
    for (const id of this.#waiting.hosts()) {
      if (sessions.has(id)) for (const frame of this.#waiting.release(id)) this.#link.send(frame);
      else if (this.#isLost(id)) this.#waiting.refuse(id);
    }
  }

  #lose(host: HostId, code: "link-lost" | "host-left"): void {
    this.#mux?.abortHost(host, new NoRouterError(code));
    this.#link.waiting.dropDestination(host);
  }

  /** Whatever a plugin does, the owner hears of the end: an agent without a manager must not stay. */
  async #ended(end: LinkEnd): Promise<void> {
    this.#reporter.stop();
    this.#waiting.clear();
    this.#code.stop();
    this.#mux?.dropAll(new NoRouterError("link-lost"));
    // What came in while front-ends were ending.
    const stopped = this.#parts?.stop(() => this.#mux?.dropAll(new NoRouterError("link-lost")));
    await settlesWithin(Promise.resolve(stopped), this.#options.limits.stopMs);
    this.#options.closed(end);
  }
}

function outOfPlace(what: string): never {
  throw new NoRouterError("malformed-frame", `Message of the manager is out of place: ${what}`);
}

/** How a report names a stream. */
function subjectOf({ identity: { id, remote, target } }: Stream) {
  return { stream: id, to: remote, ...(target.kind === "published" ? {} : { routed: true as const }) };
}
