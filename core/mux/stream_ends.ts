// What a stream's consumer and its mux are to it, and how a stream is named. Types only.

import type { NoRouterError } from "../errors.ts";
import type { Frame, HostId } from "../wire/frame.ts";
import type { Target } from "../wire/payload.ts";

/** What a consumer does with what arrives. */
export interface StreamHandlers {
  /** The consumer gives back chunks that are lent (`giveBack`), once each; without it all chunks are its own. */
  readonly takesLent?: boolean;
  /** The other end accepted (openers only). */
  accepted?(): void;
  /** Bytes in order. False: take no more until `resume`. */
  data(chunk: Uint8Array): boolean;
  /** The other end wrote its last byte (half-close); all bytes were handed over before. */
  end(): void;
  /** The stream is over before its end; all bytes that came before were handed over, and nothing comes after this call. */
  reset(error: NoRouterError): void;
  /** There is credit, and room on the link, after `write` said false. */
  drain(): void;
}

/** Which stream this is and which end. */
export interface StreamIdentity {
  readonly remote: HostId;
  readonly id: number;
  readonly opener: boolean;
  readonly target: Target;
}

/** What a stream needs of its mux. */
export interface StreamContext<Stream> {
  readonly self: HostId;
  readonly frameBytes: number;
  now(): number;
  roundTrip(remote: HostId): number;
  send(frame: Frame): void;
  /** The link takes a data frame of the stream now; when not, `turn` is called once it does. */
  room(stream: Stream): boolean;
  /** The other end knows the stream no more, while the consumer has not yet taken what it had sent; once, before `closed`. */
  parted(stream: Stream): void;
  /** Both directions ended, or the stream was reset; called once. */
  closed(stream: Stream, error: NoRouterError | undefined): void;
}
