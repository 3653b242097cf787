// Every fact that the log knows, and how long it is kept. Types and two tables; nothing here decides.

import type { ErrorCode } from "../errors.ts";
import type { PortMap } from "../manifest/types.ts";
import type { AnnouncedCode } from "../plugin/host_code.ts";
import type { Route } from "../routes/route.ts";
import type { HostId } from "../wire/frame.ts";
import type { SettingsByKey } from "./settings.ts";

/** Schema version that new events and snapshots are written with. */
export const EVENT_VERSION = 2;

/** Program behind a link, as it introduced itself. */
export interface AgentInfo {
  readonly version: string;
  /** Name and version of the runtime, such as `node 24.1.0`. */
  readonly runtime: string;
  readonly pid: number;
}

/** What only the manager knows of a host. */
export interface PrivateHost {
  /** Name of the transport. */
  readonly transport: string;
  /** The way to the host as shown to the user. */
  readonly via: string;
  /** Revision of the host's settings in the manager's vault: another one means another way to the host. */
  readonly way: number;
}

/** A published port; the target is known to the manager and to the publishing host only. */
export interface PublishedPort {
  readonly listen: number;
  readonly protocol: PortMap["protocol"];
  readonly target?: PortMap["target"];
}

/** What a host is, as the manifest says. */
export interface AdmittedHost {
  readonly name: string;
  readonly vip: string;
  readonly aliases: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Served inside the manager's process. */
  readonly local: boolean;
  /** What is known of the keys of plugins; keys that are off are missing. */
  readonly settings: SettingsByKey;
}

/** A plugin of the network, as hosts need to know it. */
export interface LoadedPlugin {
  readonly name: string;
  /** Its place among the plugins, from 0: egresses are asked in this order. */
  readonly order: number;
  /**
   * Where its host part runs: on hosts with settings at one of these keys; empty: on every host. Absent for a plugin that runs
   * nothing on hosts.
   */
  readonly hostKeys?: readonly string[];
  /** The code of the host part; absent where that is built in. */
  readonly code?: AnnouncedCode;
}

/** A host part that cannot be used on a host, or fails there. */
export interface PluginFact {
  readonly type: "plugin.failed";
  /** The plugin's name. */
  readonly plugin: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How a link ended, for people. Output of the host's command is private to the manager. */
export interface LinkFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The whole command line that was run, quoted for a shell. */
  readonly command?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stderr: readonly string[];
}

/** When a host that failed is started again. */
export interface Retry {
  /** Which start in a row this will be, from 1; the count begins anew once a link was up for long enough. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** What a front-end says of one address it serves. */
export type ListenerFact =
  | { readonly type: "frontend.listening"; readonly frontend: string; readonly address: string; readonly serves: string }
  | {
      readonly type: "frontend.failed";
      readonly frontend: string;
      readonly address: string;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly type: "frontend.closed"; readonly frontend: string; readonly address: string };

/** Which stream a host speaks of, one that it opened. */
interface StreamSubject {
  readonly stream: number;
  readonly to: HostId;
  /** It is not for a published port: a route leads there, or nothing does. */
  readonly routed?: true;
}

/** What a host says of one stream it opened. */
export type StreamFact =
  | (StreamSubject & { readonly type: "stream.opened"; readonly port: number })
  | (StreamSubject & {
      readonly type: "stream.closed";
      readonly bytesOut: number;
      readonly bytesIn: number;
      readonly code?: ErrorCode;
    });

/** What a host says of another one that takes too many of its places: streams, or names that it looks up. */
export interface CrowdingFact {
  readonly type: "host.crowded";
  /** Who takes them. */
  readonly from: HostId;
  /** How many it holds. */
  readonly open: number;
  /** `too-many-streams` or `too-many-names`. */
  readonly code: ErrorCode;
}

/** What a host may report; the manager adds which host it was. */
export type HostFact = ListenerFact | StreamFact | CrowdingFact | PluginFact | { readonly type: "host.ready" };

/** The facts of the log without their envelope. */
export type Fact =
  | { readonly type: "network.opened"; readonly network: string; readonly version: string }
  | { readonly type: "network.stopped"; readonly reason: string }
  | (AdmittedHost & { readonly type: "host.admitted"; readonly host: HostId; readonly private?: PrivateHost })
  /** The manifest says something else of a host: the whole of it, as at its admission. */
  | (AdmittedHost & { readonly type: "host.changed"; readonly host: HostId; readonly private?: PrivateHost })
  | { readonly type: "host.left"; readonly host: HostId }
  | { readonly type: "routes.set"; readonly routes: readonly Route[] }
  | { readonly type: "link.starting"; readonly host: HostId }
  | {
      readonly type: "link.opened";
      readonly host: HostId;
      readonly session: number;
      /** Absent in what other hosts see. */
      readonly agent?: AgentInfo;
      readonly banner?: string;
    }
  | { readonly type: "link.closed"; readonly host: HostId; readonly failure: LinkFailure }
  | ({ readonly type: "link.retrying"; readonly host: HostId; readonly code: ErrorCode } & Retry)
  | { readonly type: "policy.refused"; readonly host: HostId; readonly code: ErrorCode; readonly message: string }
  | { readonly type: "facts.dropped"; readonly host: HostId; readonly count: number }
  | { readonly type: "plugin.loaded"; readonly plugin: LoadedPlugin }
  | { readonly type: "plugin.left"; readonly plugin: string }
  | (HostFact & { readonly host: HostId });

/** Name of a fact. */
export type FactType = Fact["type"];

/** A fact in the log. */
export type NetworkEvent = Fact & {
  /** 1, 2, 3, ... without a gap. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who caused it: `user`, `manager`, or a host's name. */
  readonly by: string;
  readonly v: number;
};

/** How long events are kept: `durable` in the journal or its snapshot, `recent` in a bounded ring. */
export type Durability = "durable" | "recent";

/** The class of each type. Types of class `recent` never change the folded state. */
export const DURABILITY: Readonly<Record<FactType, Durability>> = {
  "network.opened": "durable",
  "network.stopped": "durable",
  "host.admitted": "durable",
  "host.changed": "durable",
  "host.left": "durable",
  "host.ready": "durable",
  "routes.set": "durable",
  "link.starting": "durable",
  "link.opened": "durable",
  "link.closed": "durable",
  "link.retrying": "durable",
  "frontend.listening": "durable",
  "frontend.failed": "durable",
  "frontend.closed": "durable",
  "plugin.loaded": "durable",
  "plugin.left": "durable",
  "plugin.failed": "recent",
  "policy.refused": "recent",
  "host.crowded": "recent",
  "facts.dropped": "recent",
  "stream.opened": "recent",
  "stream.closed": "recent",
};
