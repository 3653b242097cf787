// What a host part of a third party gets handed, since it imports nothing but the runtime's own modules. What is here is for
// others to rely on: it is added to, nothing is taken away.

import {
  addressOfBytes,
  asNoRouterError,
  canonicalName,
  decideRoute,
  destinationOf,
  giveBack,
  type HostPart,
  lendingReads,
  limitsOf,
  NoRouterError,
  owned,
  PLUGIN_API,
  showDestination,
} from "../../core/mod.ts";
import { endGently } from "./client_output.ts";
import { connectTo } from "./connect.ts";
import { dialler } from "./dial.ts";
import { duplexOf } from "./duplex.ts";
import { enterFor } from "./enter.ts";
import { gateOf } from "./gate.ts";
import { keeper, listening } from "./keeper.ts";
import { CLIENT_LIMIT_ROWS, DIAL_LIMIT_ROWS, KEEP_ALIVE_LIMIT_ROWS, PROXY_LIMIT_ROWS } from "./limits.ts";
import { listen } from "./listen.ts";
import { dialErrorCode, listenError } from "./net_errors.ts";
import { isForeign, isLocal, placeOf } from "./place.ts";
import { proxyFrontEnd } from "./proxy.ts";
import { resetSocket } from "./reset.ts";
import { splice } from "./splice.ts";

/** The parts that front-ends and egresses are made of; the built-in ones use the same. */
export const hostToolkit = {
  /** The version of the contract that a host part made with this is written for. */
  PLUGIN_API,
  /** The error to throw: a code of the table and a sentence. */
  NoRouterError,
  /** Anything that was thrown as such an error. */
  asNoRouterError,
  /** The error of a `listen` that failed, for an address. */
  listenError,
  /** The code of a connection that could not be made. */
  dialErrorCode,
  /** The one form of a name. */
  canonicalName,
  /** The text of an IP address of 4 or 16 bytes. */
  addressOfBytes,
  /** A host and a port in the one form that routes are asked about. */
  destinationOf,
  /** A destination for people. */
  showDestination,
  /** Where a destination leads. */
  decideRoute,
  /** A place to listen, from `address:port` or `unix:PATH`. */
  placeOf,
  /** Whether only this machine reaches a place. */
  isLocal,
  /** Whether a client of a place is on another machine. */
  isForeign,
  /** Opens a TCP or Unix-socket listener. */
  listen,
  /** Keeps listeners and the like as the settings want them: opens, changes, closes, reports, tries again. */
  keeper,
  /** What a {@link keeper} holds of no more than a listener. */
  listening,
  /** Joins a socket and a stream for good. */
  splice,
  /** Opens the stream of a client to wherever its destination leads. */
  enterFor,
  /** Connects a socket to an address or a name. */
  connectTo,
  /** Dials targets for streams, and joins the two. */
  dialler,
  /** A stream as one of node's. */
  duplexOf,
  /** Ends a connection with an RST. */
  resetSocket,
  /** Ends a connection once its client has read what was written. */
  endGently,
  /** A front-end that listens where its settings say, with a bound on its clients. */
  proxyFrontEnd,
  /** Names and passwords of a proxy's clients. */
  gateOf,
  /** A socket whose reads are lent, as {@link splice} takes them best. */
  lendingReads,
  /** Bytes that are lent as bytes of one's own. */
  owned,
  /** Gives lent bytes back. */
  giveBack,
  /** A host's limits, those of a plugin's own rows among them. */
  limitsOf,
  /** Rows of what has clients. */
  CLIENT_LIMIT_ROWS,
  /** Rows of proxies. */
  PROXY_LIMIT_ROWS,
  /** Rows of connections that are kept. */
  KEEP_ALIVE_LIMIT_ROWS,
  /** Rows of what looks names up and dials. */
  DIAL_LIMIT_ROWS,
} as const;

/** The type of {@link hostToolkit}. */
export type HostToolkit = typeof hostToolkit;

/** The default export of a host module that wants the toolkit. */
export type HostPartFactory = (toolkit: HostToolkit) => HostPart;
