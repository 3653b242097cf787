// What facts are made of: the things that several of them carry. Types only; `docs/events.md` is written from the comments here.

import type { ErrorCode } from "../errors.ts";
import type { PortMap } from "../manifest/types.ts";
import type { AnnouncedCode } from "../plugin/host_code.ts";
import type { Service } from "../service/service.ts";
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
  /** Revision of what says when the host runs; absent for a host that is not started on demand. */
  readonly demand?: number;
}

/** A published port; the target is known to the manager and to the publishing host only. */
export interface PublishedPort {
  /** The port on the host's VIP. */
  readonly listen: number;
  /** `tcp`. */
  readonly protocol: PortMap["protocol"];
  /** `host` and `port`, or `path` for a Unix socket. */
  readonly target?: PortMap["target"];
  /** The host itself found that a program serves it. */
  readonly found?: true;
}

/** When a host is started and stopped; a host without it is started with the network and goes on. */
export interface Lazy {
  /** How long nobody uses it before it is stopped, in milliseconds; absent: it goes on. */
  readonly idleMs?: number;
  /** How long a connection waits for it, in milliseconds. */
  readonly timeoutMs: number;
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
  /** It is started at its first use; absent: with the network. */
  readonly lazy?: Lazy;
  /** It may say which ports its programs serve, which are then published as well. */
  readonly publishes?: true;
  /** It is no host but a service: nothing runs there, and its hosts serve its ports. */
  readonly service?: Service;
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
  /** Name of the starter that could not start what the host runs in: no link was tried. */
  readonly starter?: string;
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
