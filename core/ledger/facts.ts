// What the log can say: every fact by its type, with its fields. Types only; `docs/events.md` is written from the comments here.

import type { ErrorCode } from "../errors.ts";
import type { Route } from "../routes/route.ts";
import type { TrafficSpan } from "../traffic/history.ts";
import type { TrafficRow } from "../traffic/rows.ts";
import type { HostId } from "../wire/frame.ts";
import type {
  Admission,
  AgentInfo,
  LinkFailure,
  ListenerSubject,
  LoadedPlugin,
  Reason,
  Retry,
  StreamSubject,
} from "./fact_parts.ts";

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
  /**
   * Bytes that streams carried since the last such event: between hosts as the manager passed them on, of a host to itself as that
   * host reports. It comes every ten seconds while there are any, and at the end.
   */
  "traffic.counted": {
    /** When the counting began, in milliseconds since 1970. */
    readonly since: number;
    /** By pair of hosts and port, at most 256: the smallest are added up beyond that. */
    readonly rows: readonly TrafficRow[];
  };
  /** What `traffic.counted` said, added up by the hour. It comes once an hour while bytes flow, and at the end. */
  "traffic.rolled": {
    /** Number of the last `traffic.counted` that is in it; those up to the last such event are in that one. */
    readonly upTo: number;
    /** The hours (UTC): `at`, when one begins, and its `rows`. */
    readonly hours: readonly TrafficSpan[];
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
  /** Somebody wants a host that is started on demand: it is started, or goes on. Hosts do not see who it is. */
  "host.wanted": {
    /** The id of the host that opened a connection to it; absent where a person asked for it. */
    readonly from?: HostId;
    /** The port that the connection is for. */
    readonly port?: number;
    /** A person started it: it is not stopped for want of use. */
    readonly kept?: true;
  };
  /** What a host runs in, such as its container, runs. */
  "host.started": {
    /** It was not started by this network, which does not stop it for want of use. */
    readonly already?: true;
    /** How long that took, in milliseconds. */
    readonly ms: number;
  };
  /** Nobody wants a host any more: its link ends, and what was started for it is stopped. */
  "host.released": {
    /**
     * `idle`: nobody used it; `failed`: it could not be started, or failed while nobody used it; `asked`: a person stopped it; `stopped`: the
     * network stops.
     */
    readonly reason: "idle" | "failed" | "asked" | "stopped";
  };
  /** Nothing of a host runs any more; it is started when somebody wants it. */
  "host.rested": {
    /** Why what was started for it could not be stopped. */
    readonly failure?: Reason;
  };
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
  /** A host gets no new connections of services; those that it has go on. */
  "host.drained": unknown;
  /** A host gets new connections of services again. */
  "host.undrained": unknown;
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
  /** The target of a host of a service has become healthy or unhealthy, or was checked for the first time. */
  "health.changed": {
    /** The id of the service. */
    readonly service: HostId;
    /** The service gives it new connections. */
    readonly healthy: boolean;
    /** What the last check found, such as `HTTP 503`. */
    readonly message: string;
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
