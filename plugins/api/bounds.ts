// The numbers of the API, each once. Must not import anything.

/** What the API holds and how long it waits. */
export const API_BOUNDS = {
  /** Bytes of a request's body: as many as a manifest may have. */
  bodyBytes: 1024 * 1024,
  /** Of a body that is too large, so many times as much is read before its client is cut. */
  bodiesRead: 16,
  /** Requests under way, open event streams included. */
  requests: 256,
  /** Connections beyond this are closed at once. */
  connections: 512,
  /** For a request to arrive whole, and for its answer to be taken. */
  requestMs: 10_000,
  /** An event stream whose reader takes nothing for so long is cut. */
  stalledMs: 60_000,
  /** How often an event stream without events sends an empty line or comment. */
  heartbeatMs: 15_000,
  /** What is taken of the log at a time for one event stream, in characters. */
  chunkLength: 64 * 1024,
  /** Open streams that are remembered of each host; the oldest are forgotten. */
  streamsOfHost: 8192,
  /** Letters of a line that a finding shows. */
  lineLength: 1000,
} as const;
