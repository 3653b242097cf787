// What third parties implement: plugins and what they register. Types only; nothing here runs.

import type { ErrorCode, NoRouterError } from "../errors.ts";
import type { CrowdingFact, ListenerFact } from "../ledger/events.ts";
import type { HostState, Network } from "../ledger/network.ts";
import type { Limits } from "../limits.ts";
import type { Stream } from "../mux/stream.ts";
import type { Target } from "../wire/payload.ts";

/** The version of this contract; a plugin states the one it was written for. */
export const PLUGIN_API = 1;

/** How a carrier ended. */
export interface CarrierEnd {
  /** The whole command line behind the carrier, quoted for a shell. */
  readonly command?: string;
  /** Exit code of the command behind the carrier, if there is one and it ended by itself. */
  readonly exitCode?: number;
  /** Name of the signal that ended the command. */
  readonly signal?: string;
  /** Last lines that the command wrote to standard error. */
  readonly stderr: readonly string[];
  /** Why the carrier could not start or broke. */
  readonly error?: NoRouterError;
}

/** What the owner of a carrier wants to hear. */
export interface CarrierHandlers {
  /** Bytes from the other side; the chunk now belongs to the receiver. It may be lent, see `giveBack`. */
  data(chunk: Uint8Array): void;
  /** The carrier takes bytes again after {@link Carrier.write} said false. */
  drain(): void;
  /** Nothing will come or go any more; called once. */
  closed(end: CarrierEnd): void;
}

/** An ordered two-way byte channel to a host, before any frame. */
export interface Carrier {
  /** True when a write costs next to nothing, so that nothing is gained by gathering bulk for a larger one. */
  readonly cheapWrites?: boolean;
  /** Begins to read. Called once, before anything else. */
  start(handlers: CarrierHandlers): void;
  /** Reads no more until {@link Carrier.resume}; what was read already may still come. A carrier without the two is read at once. */
  pause?(): void;
  resume?(): void;
  /** Takes bytes in order. False: write no more until `drain`. After the end bytes are dropped. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Ends the channel, politely first and by force within `stopMs`; resolves when nothing is left of it. */
  close(): Promise<void>;
}

/** What a transport may know of a host when it opens a carrier. */
export interface TransportRequest {
  readonly host: HostState;
  /** The host's own settings from the manifest; they never leave the manager. */
  readonly settings: HostSettings;
  readonly limits: Limits;
  /** What can be sent to a host that has no agent; undefined when the program brought none. */
  readonly agents: AgentSource | undefined;
  /** How the host's last start or link ended; undefined at the first start. */
  readonly failed?: ErrorCode;
  /** Aborted when the manager stops: what is still being opened is then given up. */
  readonly signal: AbortSignal;
  /** Serves the host inside the manager's process, over the other end of a carrier. */
  serveHere(carrier: Carrier): void;
  /** Tells how far a long start has come, such as that of sending an agent. */
  progress(step: StartProgress): void;
  /** A line for `--debug`, such as what the host's command writes to standard error. */
  debug(line: string): void;
}

/** How far the start of a host has come. */
export interface StartProgress {
  /** What is done, such as `sending agent`. */
  readonly what: string;
  /** Bytes so far, and in all. */
  readonly done: number;
  readonly total: number;
}

/** Private settings of a host, as the manifest gives them: what stands at each transport's own key is here by its name. */
export interface HostSettings {
  /** Words of the command that gives a shell; undefined for a host that another key reaches, and the manager's own. */
  readonly cmd?: readonly string[];
  /** `cmd` is the prefix of a shell command, and the agent is sent. */
  readonly install?: boolean;
  /** The one folder on the host for agents that are sent; begins with `/` or `~/`. */
  readonly agentDir?: string;
  readonly [key: string]: unknown;
}

/** A key of a host in the manifest that belongs to a transport, and what may stand there. */
export interface HostKey {
  /** Letters, digits and dashes, such as `docker`; no other transport's, and none of the manifest's own. */
  readonly name: string;
  /** One sentence for editors and docs. */
  readonly description: string;
  readonly schema: SettingsSchema;
}

/**
 * Checks a value of the manifest: a Standard Schema (https://standardschema.dev, version 1), which valibot, zod, arktype and
 * others offer. It must answer at once, without a promise.
 */
export interface SettingsSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SettingsResult<T> | Promise<SettingsResult<T>>;
    /** For editors, where the validator has it. */
    readonly jsonSchema?: { input(options: { readonly target: string }): Record<string, unknown> };
  };
}

/** A checked value, or everything that is wrong with it. */
export type SettingsResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SettingsIssue[] };

/** One thing that is wrong: what, and where within the value. */
export interface SettingsIssue {
  /** A clause that goes on after the key's name, such as `is a number, a string was wanted`, or a sentence of its own. */
  readonly message: string;
  readonly path?: readonly (PropertyKey | SettingsPathSegment)[] | undefined;
  /** Keys that may stand there, of which the nearest is suggested; not of the Standard Schema. */
  readonly known?: readonly string[];
}

/** One step of the way to what is wrong. */
export interface SettingsPathSegment {
  readonly key: PropertyKey;
  /** `key` when the key itself is wrong, not what stands there; not of the Standard Schema, valibot says it. */
  readonly origin?: unknown;
}

/** A platform that an agent without a runtime is made for. */
export interface AgentPlatform {
  /** As `process.platform` says it. */
  readonly os: string;
  /** As `process.arch` says it. */
  readonly arch: string;
  /** Whether the loader of glibc is there; without it the agent brings its own. */
  readonly glibc: boolean;
}

/** One file of an agent. */
export interface AgentFile {
  /** Name within the agent's own folder. */
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** SHA-256 of the unpacked bytes, lower case hexadecimal. */
  readonly sha256: string;
  /** The bytes as they are, or as gzip (RFC 1952). */
  open(packed: boolean): Promise<{ readonly size: number; readonly chunks: AsyncIterable<Uint8Array> }>;
}

/** What can be sent to a host that has no agent. */
export interface AgentSource {
  readonly version: string;
  /** Agents of other sources that a host keeps stay there; else they are removed as out of date. */
  readonly sparesOthers?: boolean;
  /** The agent as one JavaScript module that imports nothing but the runtime's own. Its hash names the agent in every form. */
  script(): Promise<AgentFile>;
  /**
   * The agent as a program that needs no runtime: the files of its folder, the first of them `agent`. Where there is no
   * glibc they are `agent`, `loader` and the libraries.
   * @throws NoRouterError `agent-unavailable`
   */
  program(platform: AgentPlatform): Promise<readonly AgentFile[]>;
}

/** A way to obtain a link to a host's agent. */
export interface Transport {
  readonly name: string;
  /** The manifest key of its own, if it has one. */
  readonly hostKey?: HostKey;
  /** Whether this transport reaches a host with these settings; the first that says so is taken. A key of its own comes first. */
  claims(settings: HostSettings): boolean;
  /** What to show of the way to the host, without secrets, such as a command line. */
  describe(settings: HostSettings): string;
  /**
   * Starts whatever carries bytes to the host's agent.
   * @throws NoRouterError when it cannot be started at all.
   */
  open(request: TransportRequest): Carrier | Promise<Carrier>;
}

/** A key of an entry of `routes` in the manifest that belongs to a rule, and what may stand there. */
export interface RouteKey {
  /** Letters, digits and dashes, such as `blocklist`; no other rule's, and none of the manifest's own. */
  readonly name: string;
  /** One sentence for editors and docs. */
  readonly description: string;
  readonly schema: SettingsSchema;
}

/** What an entry of `routes` comes to. */
export interface RuleRoute {
  /** Networks in CIDR notation and globs of names, each maybe with ports behind a colon. One has to fit. */
  readonly to: readonly string[];
  /** The same, left out of `to`. */
  readonly notTo?: readonly string[];
}

/**
 * Says which destinations an entry of `routes` is about; what becomes of them, `via` or `action`, stands in the entry.
 * It runs at the manager, before anything is started, and what it gives is data: every host decides by it, and agents load no
 * code for it. It is asked each time the manifest is read and once more when the network starts, when the answer counts.
 */
export interface Rule {
  readonly name: string;
  /** The manifest key of its own. */
  readonly routeKey: RouteKey;
  /**
   * The routes of one entry, in order; among them too the last that fits wins. Must answer at once.
   * @throws NoRouterError when they cannot be had, such as from a file that is not there
   */
  routes(settings: unknown): readonly RuleRoute[];
}

/** What a front-end or an egress may do on its host. */
export interface HostContext {
  /** The host that this process serves. */
  self(): HostState;
  /** All that this host may know of the network. */
  network(): Network;
  /**
   * Opens a stream to a host of the network.
   * @throws NoRouterError `too-many-streams`
   */
  dial(host: HostState, target: Target): Stream;
  /**
   * The URL of the proxy, its password included, that the route of this number leaves through. Undefined where it leaves
   * directly, and in every process but the manager's.
   */
  upstream(route: number): URL | undefined;
  /** Records that an address is served, failed or was left, or that another host takes too many of this one's places. */
  report(fact: ListenerFact | CrowdingFact): void;
  readonly limits: Limits;
}

/** Where local programs enter the network. */
export interface FrontEnd {
  readonly name: string;
  /** Makes what it holds equal to what the network wants. Calls never overlap; a call may be repeated. */
  reconcile(): Promise<void>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
}

/** Where streams leave the network. */
export interface Egress {
  readonly name: string;
  /** Whether this egress serves the target; the first that says so is taken. */
  claims(target: Target): boolean;
  /** Dials, then accepts or resets the stream. Must not throw. */
  open(stream: Stream): void;
  /** Ends what is open. */
  stop(): Promise<void>;
}

/** What `setup` registers with. */
export interface PluginContext {
  /** Manager only: adds a transport. */
  transport(transport: Transport): void;
  /** Adds a front-end, made once for each host that this process serves. */
  frontEnd(make: (host: HostContext) => FrontEnd): void;
  /** Manager only: adds a rule. */
  rule(rule: Rule): void;
  /** Adds an egress, made once for each host that this process serves. */
  egress(make: (host: HostContext) => Egress): void;
}

/** A unit that can be put in or left out. */
export interface Plugin {
  /** Unique; lower case letters, digits and dashes. */
  readonly name: string;
  /** The {@link PLUGIN_API} it was written for. */
  readonly api: number;
  /** Names of plugins that must be set up before this one. */
  readonly after?: readonly string[];
  /** Registers, at once; does nothing else. May be called more than once. */
  setup(context: PluginContext): void;
}
