// One host of the network, in an agent or inside the manager: follows the log, and tells streams and plugins what it says. Knows
// its manager through one link and nothing else.

import { NoRouterError } from "./errors.ts";
import { fittedLimits } from "./host_memory.ts";
import { HostParts } from "./host_parts.ts";
import { HostStreams } from "./host_streams.ts";
import type { AgentInfo, LoadedPlugin } from "./ledger/events.ts";
import type { HostState } from "./ledger/network.ts";
import { Replica } from "./ledger/replica.ts";
import { type Json, settingsAt } from "./ledger/settings.ts";
import { snapshotFromJson } from "./ledger/snapshot_json.ts";
import { type AllLimits, adoptedLimits } from "./limits.ts";
import { Link, type LinkEnd } from "./link/link.ts";
import { CodeClient } from "./part_code.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { Guard } from "./plugin/guard.ts";
import type { CodeLoader } from "./plugin/host_code.ts";
import type { HostContext } from "./plugin/host_context.ts";
import type { PluginOnHost } from "./plugin/plugin.ts";
import { Reporter } from "./reporter.ts";
import { settlesWithin } from "./settle.ts";
import { OwnTraffic } from "./traffic/own_traffic.ts";
import { type AgentMessage, clippedFact, encodeControl, type ManagerMessage, MOST_FOUND, type Welcome } from "./wire/control.ts";
import { FEATURES, type Feature, featuresInForce } from "./wire/features.ts";
import { type Frame, type HostId, KIND, MANAGER, makeFrame, UNASSIGNED } from "./wire/frame.ts";
import { decodeManagerMessage } from "./wire/manager_message.ts";

/** What a key exposed as a secret, as the log names it. */
export interface WantedSecret {
  readonly kind: "host" | "route";
  readonly key: string;
  /** Number of the route. */
  readonly route?: number;
  readonly revision: number;
}

/** What a member is made of. */
export interface MemberOptions {
  readonly carrier: Carrier;
  /** What this process can run on the host. */
  readonly plugins: readonly PluginOnHost[];
  /** Runs code of others; absent: none is run here. */
  readonly codeLoader?: CodeLoader | undefined;
  /** What streams may reach here; absent: whatever the manager says. */
  readonly guard?: Guard | undefined;
  /** Until the manager has told of others. */
  readonly limits: AllLimits;
  /** Bytes of memory that the host has to spare; absent: nobody counts them. */
  readonly room?: number | undefined;
  readonly agent: AgentInfo;
  /** Lines for `--debug`. */
  readonly debug: (line: string) => void;
  /** What keys exposed as secrets; inside the manager only. */
  readonly secret?: (wanted: WantedSecret) => Json | undefined;
  /** The link to the manager is over and everything of this host was ended. */
  readonly closed: (end: LinkEnd) => void;
}

/** What is made of the limits. */
interface Kit {
  readonly limits: AllLimits;
  readonly tell: (message: AgentMessage) => void;
  readonly reporter: Reporter;
  readonly code: CodeClient;
  readonly traffic: OwnTraffic;
}

/** A member of the network. */
export class Member {
  readonly #options: MemberOptions;
  readonly #link: Link;
  readonly #replica = new Replica();
  /** Made anew when the manager has told of other limits. */
  #kit: Kit;
  #self: HostId = UNASSIGNED;
  /** There once the manager said who this is. */
  #streams: HostStreams | undefined;
  #parts: HostParts | undefined;
  /** What parts say, once they were asked. */
  #ready: Promise<boolean> | undefined;
  /** In force on the link. */
  #features: ReadonlySet<Feature> = new Set();

  constructor(options: MemberOptions) {
    this.#options = options;
    const limits = fittedLimits(options.limits, options.room);
    this.#kit = this.#newKit(limits);
    this.#link = new Link(options.carrier, "agent", MANAGER, limits, {
      opened: () => this.#hello(),
      drained: () => this.#streams?.drained(),
      frame: (frame) => this.#receive(frame),
      closed: (end) => void this.#ended(end),
    });
  }

  #newKit(limits: AllLimits): Kit {
    const tell = (message: AgentMessage) => this.#send(KIND.control, encodeControl(message));
    return {
      limits,
      tell,
      reporter: new Reporter(limits, (facts) => tell({ type: "report", facts })),
      code: new CodeClient({ limits, loader: this.#options.codeLoader, send: tell }),
      traffic: new OwnTraffic({ limits, send: tell }),
    };
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
    if (frame.source !== MANAGER) {
      if (this.#streams) this.#streams.receive(frame);
      else frame.giveBack();
    } else if (frame.kind === KIND.control) this.#control(decodeManagerMessage(frame.payloadBytes()), frame.destination);
  }

  #control(message: ManagerMessage, destination: HostId): void {
    if ((message.type === "welcome") !== (this.#streams === undefined)) outOfPlace(message.type);
    if (message.type === "welcome") {
      if (message.host !== destination) outOfPlace("welcome of another host");
      this.#join(message);
      return;
    }
    if (message.type === "code") {
      this.#kit.code.receive(message);
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
    if (self.session > 0) this.#streams?.startSession(self.session);
  }

  #join({ host: self, features, limits: told }: Welcome): void {
    const { debug, room } = this.#options;
    const limits = fittedLimits(adoptedLimits(this.#options.limits, told), room);
    // Nothing is under way yet.
    this.#kit = this.#newKit(limits);
    this.#link.adopt(limits);
    this.#self = self;
    this.#link.assign(self);
    this.#features = featuresInForce(features);
    this.#link.confirm(this.#features);
    const streams = new HostStreams({
      self,
      limits,
      network: () => this.#replica.network,
      send: (frame) => this.#link.send(frame),
      room: (flow) => this.#link.room(flow),
      forget: (host) => this.#link.waiting.dropDestination(host),
      serve: (stream) => this.#parts?.serve(stream),
      report: (fact) => this.#kit.reporter.add(fact),
      traffic: this.#features.has("traffic") ? this.#kit.traffic.counter : undefined,
      debug,
    });
    this.#streams = streams;
    this.#parts = new HostParts({
      load: (plugin) => this.#load(plugin),
      context: this.#context(streams),
      report: (fact) => this.#kit.reporter.add(clippedFact(fact)),
      debug,
      stopMs: limits.stopMs,
    });
  }

  async #load({ name, code }: LoadedPlugin): Promise<unknown> {
    if (code && !this.#features.has("host-code"))
      throw new NoRouterError("plugin-invalid", `Host part of plugin "${name}" is code, which this manager does not send`);
    if (code) return this.#kit.code.load(code);
    const host = this.#options.plugins.find((plugin) => plugin.name === name)?.host;
    return host && "load" in host ? host.load() : undefined;
  }

  #context(streams: HostStreams): Omit<HostContext, "report"> {
    return {
      self: () => this.#replica.network.hosts.get(this.#self) as HostState,
      network: () => this.#replica.network,
      dial: (host, target) => streams.open(host.id, target),
      settings: (key) => settingsAt(this.#replica.network.hosts.get(this.#self) ?? {}, key),
      secret: (kind, key, route = -1) => {
        const { hosts, routes } = this.#replica.network;
        const { settings = {} } = (kind === "host" ? hosts.get(this.#self) : routes[route]) ?? {};
        const revision = Object.hasOwn(settings, key) ? settings[key]?.secret : undefined;
        // Of another revision it could be that of another route: what this host knows may be older than what the manager has.
        return revision === undefined ? undefined : this.#options.secret?.({ kind, key, route, revision });
      },
      publish: (ports) => {
        if (this.#features.has("publish")) this.#kit.tell({ type: "publish", ports: ports.slice(0, MOST_FOUND) });
      },
      guard: this.#options.guard,
      limits: this.#kit.limits,
    };
  }

  #changed(): void {
    this.#streams?.follow();
    const { network } = this.#replica;
    const self = network.hosts.get(this.#self);
    const settled = self && this.#parts?.reconcile(network, self);
    if (self?.phase === "joining") void settled?.then(() => this.#reportReady());
  }

  /** Parts are asked once whether the host is ready, and waited for. */
  #reportReady(): void {
    this.#ready ??= this.#parts?.ready();
    void this.#ready?.then((isReady) => isReady && this.#kit.reporter.add({ type: "host.ready" }));
  }

  /** Whatever a plugin does, the owner hears of the end: an agent without a manager must not stay. */
  async #ended(end: LinkEnd): Promise<void> {
    this.#kit.reporter.stop();
    this.#kit.code.stop();
    this.#kit.traffic.stop();
    this.#streams?.dropAll();
    // What came in while front-ends were ending.
    const stopped = this.#parts?.stop(() => this.#streams?.dropAll());
    await settlesWithin(Promise.resolve(stopped), this.#kit.limits.stopMs);
    this.#options.closed(end);
  }
}

function outOfPlace(what: string): never {
  throw new NoRouterError("malformed-frame", `Message of the manager is out of place: ${what}`);
}
