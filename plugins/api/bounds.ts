// The numbers of the API, each once. They are no limits of a manifest: who asks is the network's own user, on a socket of theirs, and
// 'norouter check' knows no API.

import { MANIFEST_BOUNDS } from "../../core/manifest/keys/mod.ts";

/** What the API holds and how long it waits. */
export const API_BOUNDS = {
  /** Bytes of a request's body: as many as a manifest may have. */
  bodyBytes: MANIFEST_BOUNDS.bytes,
  /** Of a body that is too large, so many times as much is read before its client is cut: most then read the answer. */
  bodiesRead: 16,
  /** Requests under way, open event streams included, which may be half of them. */
  requests: 256,
  /** Connections beyond this are closed at once; each request has one, and as many may be idle. */
  connections: 512,
  /** For a request to arrive whole, and for its answer to be taken. */
  requestMs: 10_000,
  /** For the next request on a connection; announced to clients. Node's own default. */
  keepAliveMs: 5000,
  /** An event stream whose reader takes nothing for so long is cut. */
  stalledMs: 60_000,
  /** How often an event stream without events sends an empty line or comment: proxies cut what is silent for half a minute. */
  heartbeatMs: 15_000,
  /** What is taken of the log at a time for one event stream, in characters; it is in memory until its reader takes it. */
  chunkLength: 64 * 1024,
  /** Events that an event stream is sent at once as they come; of a larger batch as many as its reader takes. */
  eventsAtOnce: 500,
  /** Open streams that are remembered of each host; the oldest are forgotten. */
  streamsOfHost: 8192,
  /** Characters of the reason that a network is stopped for. */
  reasonLength: 200,
  /** For clients to take their last answers when the network stops; less than the limit 'stopMs', which ends hosts meanwhile. */
  lastMs: 500,
} as const;
