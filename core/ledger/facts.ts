// What the log can say: every fact by its type, with its fields. Types only; `docs/events.md` is written from the comments here.

import type { ErrorCode } from "../errors.ts";
import type { PortMap } from "../manifest/types.ts";
import type { AnnouncedCode } from "../plugin/host_code.ts";
import type { Route } from "../routes/route.ts";
import type { HostId } from "../wire/frame.ts";
import type { SettingsByKey } from "./settings.ts";

/** What every event has. */
export interface Envelope {
  /** 1, 2, 3, ... without a gap. */
  readonly seq: number;
  /** Milliseconds since 1970, when the manager wrote it; facts that came in one report have the same. */
  readonly at: number;
  /** Who caused it: `user`, `manager`, or a host's name. */
  readonly by: string;
  /** Schema version of the event. */
  readonly v: number;
}

/** Program behind a link, as it introduced itself, and why it is that one. */
export interface AgentInfo {
  /** Version of norouter. */
  readonly version: string;
  /** Name and version of the runtime, such as `node 24.1.0`. */
  readonly runtime: string;
  /** Its process. */
  readonly pid: number;
  /** Which agent the manager started, and why, such as `engine: host has no Node, Deno or Bun`; absent where it sends none. */
  readonly chosen?: string;
}

/** What only the manager knows of a host. */
export interface PrivateHost {
  /** Name of the transport. */
  readonly transport: string;
  /** The way to the host as shown to the user, such as the command. */
  readonly via: string;
  /** Revision of the host's settings in the manager's vault: another one means another way to the host. */
  readonly way: number;
}

/** A published port; the target is known to the manager and to the publishing host only. */
export interface PublishedPort {
  /** The port on the host's VIP. */
  readonly listen: number;
  /** `tcp`. */
  readonly protocol: PortMap["protocol"];
  /** `host` and `port`, or `path` for a Unix socket. */
  readonly target?: PortMap["target"];
}

/** What a host is, as the manifest says. */
export interface AdmittedHost {
  /** Its name in the manifest. */
  readonly name: string;
  /** Its virtual address. */
  readonly vip: string;
  /** Its further names. */
  readonly aliases: readonly string[];
  /** What it publishes. */
  readonly ports: readonly PublishedPort[];
  /** Served inside the manager's process. */
  readonly local: boolean;
  /** What is known of the keys of plugins; keys that are off are missing. */
  readonly settings: SettingsByKey;
}

/** A plugin of the network, as hosts need to know it. */
export interface LoadedPlugin {
  /** Its name in the network. */
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

/** How a link ended, for people. Output of the host's command is private to the manager. */
export interface LinkFailure {
  /** The code of the error; `link-closed` is the orderly end. */
  readonly code: ErrorCode;
  /** One sentence about this very case. */
  readonly message: string;
  /** The whole command line that was run, quoted for a shell. */
  readonly command?: string;
  /** How the command ended. */
  readonly exitCode?: number;
  /** The signal that ended it. */
  readonly signal?: string;
  /** The last lines that the command wrote to its standard error. */
  readonly stderr: readonly string[];
}

/** When a host that failed is started again. */
export interface Retry {
  /** Which start in a row this will be, from 1; the count begins anew once a link was up for long enough. */
  readonly attempt: number;
  /** How long after the event, in milliseconds. */
  readonly delayMs: number;
}

/** An address that a front-end has or wanted. */
export interface ListenerSubject {
  /** The front-end's name. */
  readonly frontend: string;
  /** What it listens on, such as `127.0.42.101:8080`, or the file or folder that it keeps. */
  readonly address: string;
}

/** A stream, named by the host that opened it. */
export interface StreamSubject {
  /** Its number. */
  readonly stream: number;
  /** The id of the host that it goes to. */
  readonly to: HostId;
  /** It is not for a published port: a route leads to that host, or a program goes outside from its own. */
  readonly routed?: true;
}

/** What a host is, as the manifest says now, with what only the manager knows of it. */
export interface Admission extends AdmittedHost {
  /** Which transport reaches the host, and how. Hosts do not see it. */
  readonly private?: PrivateHost;
}

/** Why something failed. */
export interface Reason {
  /** The code of the error. */
  readonly code: ErrorCode;
  /** One sentence about this very case. */
  readonly message: string;
}

/** Facts about the network as a whole, by type. */
export interface NetworkFacts {
  /** A manager began or took up the log. No host is started yet. */
  "network.opened": {
    /** The name of this log. */
    readonly network: string;
    /** The manager's version. */
    readonly version: string;
  };
  /** The network was stopped. It is the last event: the agents have left before, each told by a `bye`. */
  "network.stopped": {
    /** Why. */
    readonly reason: string;
  };
  /** The network has a plugin. Hosts see those that run on hosts. */
  "plugin.loaded": {
    /** What hosts need to know of it. */
    readonly plugin: LoadedPlugin;
  };
  /** The network does not have a plugin any more. */
  "plugin.left": {
    /** The plugin's name. */
    readonly plugin: string;
  };
  /** The routes are these now. Hosts see `through` and `own` settings of a route only where they are its `via`. */
  "routes.set": {
    /** All of them, in the order in which the last that fits wins. Those of rules stand at the place of their entry. */
    readonly routes: readonly Route[];
  };
}

/** Facts of the manager about one host, by type; each has its id as `host`. */
export interface ManagerFacts {
  /** A host is in the network. Other hosts do not see the targets of its ports and its `own` settings. */
  "host.admitted": Admission;
  /**
   * The manifest says something else of a host: the whole of it, as at its admission, and seen alike. When a manager
   * starts, it also follows the admission of a host with a password, which is started once the hash of its password is computed.
   */
  "host.changed": Admission;
  /** A host is not in the network any more. */
  "host.left": unknown;
  /** The way to a host is started, such as its command. */
  "link.starting": unknown;
  /** An agent answered. Hosts do not see `banner`, and `agent` only of themselves. */
  "link.opened": {
    /** Counts the host's links from 1. */
    readonly session: number;
    /** As the agent says of itself. */
    readonly agent?: AgentInfo;
    /** The last 1,024 characters of what the command printed before its agent spoke; absent when there was nothing. */
    readonly banner?: string;
  };
  /** A link ended, or did not come up. Hosts see `failure.code` alone. */
  "link.closed": {
    /** How. Its code is `link-closed` where the link ended in order. */
    readonly failure: LinkFailure;
  };
  /**
   * A host will be started again: `link.starting` follows. It comes at once after each `link.closed`, unless the manager stops or
   * the host is not tried again (`password-wanted`).
   */
  "link.retrying": Retry & {
    /** The code of the failure that led to it. */
    readonly code: ErrorCode;
  };
  /** Something of the host was dropped or has to wait. It comes once for each host and code. */
  "policy.refused": Reason;
  /** Facts of the host were left out, as it reports more than it may. While that lasts it comes every ten seconds. */
  "facts.dropped": {
    /** How many. */
    readonly count: number;
  };
}

/** Facts that a host reports, by type; the manager adds its id as `host`. */
export interface HostFacts {
  /** The host serves what it has to serve, or has said what it cannot serve. */
  "host.ready": unknown;
  /** A front-end has an address, or serves something else there than before. */
  "frontend.listening": ListenerSubject & {
    /** What is behind the address, such as `web:8080`. */
    readonly serves: string;
  };
  /** A front-end cannot have an address, or not write a file. It tries again. */
  "frontend.failed": ListenerSubject & Reason;
  /** A front-end has given an address back. */
  "frontend.closed": ListenerSubject;
  /** The part of a plugin cannot be used on the host, or fails there. The host's other parts go on. */
  "plugin.failed": Reason & {
    /** The plugin's name. */
    readonly plugin: string;
  };
  /**
   * Another host holds so many places of this one that some are refused to it: streams, or names to look up. It comes once until
   * that host holds less than half as many.
   */
  "host.crowded": {
    /** The id of the host that holds them. */
    readonly from: HostId;
    /** How many it holds. */
    readonly open: number;
    /** `too-many-streams` or `too-many-names`. */
    readonly code: ErrorCode;
  };
  /** The host opened a stream. Which destination of a route it is for is not in the log. */
  "stream.opened": StreamSubject & {
    /** The published port; of a destination that a route leads to, its port. */
    readonly port: number;
  };
  /** A stream that the host opened ended. */
  "stream.closed": StreamSubject & {
    /** Bytes that the host sent. */
    readonly bytesOut: number;
    /** Bytes that the host received. */
    readonly bytesIn: number;
    /** Present when the stream did not end in order. */
    readonly code?: ErrorCode;
  };
}
