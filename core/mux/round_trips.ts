// Measures the round trip to the hosts that streams go to, by pings that travel ahead of data. Windows grow
// by it. Must not keep a timer: a ping is sent at most once a second, when something happens.

import { type Frame, type HostId, KIND, makeFrame } from "../wire/frame.ts";

/** Shortest time between two pings to one host: round trips change slowly, and a ping costs its relay a frame. */
const EVERY_MS = 1000;

interface Measured {
  /** Milliseconds; 0 before the first answer. */
  roundTrip: number;
  sentAt: number;
  waiting: boolean;
}

/** Round trips from one host to others. */
export class RoundTrips {
  readonly #self: HostId;
  readonly #now: () => number;
  readonly #send: (frame: Frame) => void;
  readonly #hosts = new Map<HostId, Measured>();

  constructor(self: HostId, now: () => number, send: (frame: Frame) => void) {
    this.#self = self;
    this.#now = now;
    this.#send = send;
  }

  /** Milliseconds to the host and back; 0 when not known yet. */
  to(remote: HostId): number {
    return this.#hosts.get(remote)?.roundTrip ?? 0;
  }

  /** Sends a ping unless one was sent within the last second. */
  measure(remote: HostId): void {
    const now = this.#now();
    const known = this.#hosts.get(remote);
    if (known && now - known.sentAt < EVERY_MS) return;
    this.#hosts.set(remote, { roundTrip: known?.roundTrip ?? 0, sentAt: now, waiting: true });
    const stamp = new Uint8Array(8);
    new DataView(stamp.buffer).setFloat64(0, now);
    this.#send(makeFrame({ kind: KIND.ping, source: this.#self, destination: remote }, stamp));
  }

  /** Answers another host's ping with its own payload. */
  answer(ping: Frame): void {
    this.#send(makeFrame({ kind: KIND.pong, source: this.#self, destination: ping.source }, ping.payloadBytes()));
  }

  /** Takes an answer; one that was not asked for is ignored. Quick answers count at once, slow ones by an eighth. */
  answered(pong: Frame): void {
    const known = this.#hosts.get(pong.source);
    const bytes = pong.payloadBytes();
    if (!known?.waiting || new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0) !== known.sentAt) return;
    known.waiting = false;
    const sample = this.#now() - known.sentAt;
    const smooth = known.roundTrip + (sample - known.roundTrip) / 8;
    known.roundTrip = known.roundTrip === 0 || sample < known.roundTrip ? sample : smooth;
  }
}
