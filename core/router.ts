// The hub of the star: hands frames from one host's link to another's. Reads headers only, keeps nothing about
// streams, and lets no host speak for another.

import type { Bus, Detach } from "./bus.ts";
import { ERRORS, type ErrorCode } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, makeFrame } from "./wire/frame.ts";
import { encodeReason } from "./wire/payload.ts";

/** A link as the router sees it. */
export interface RouterPort {
  send(frame: Frame): void;
  /** Bytes of one host's frames that wait for this link. */
  queuedBytes(source: HostId): number;
}

/** Moves frames between links. */
export class Router {
  readonly #bus: Bus;
  readonly #limits: Limits;
  readonly #refuse: (host: HostId, code: ErrorCode, message: string) => void;
  readonly #overflow: (host: HostId) => void;

  /**
   * @param refuse A host's frame was dropped because it broke a rule.
   * @param overflow A host sent more than any credit allows; its link should end.
   */
  constructor(
    bus: Bus,
    limits: Limits,
    refuse: (host: HostId, code: ErrorCode, message: string) => void,
    overflow: (host: HostId) => void,
  ) {
    this.#bus = bus;
    this.#limits = limits;
    this.#refuse = refuse;
    this.#overflow = overflow;
  }

  /** Makes a link reachable for the others. */
  attach(host: HostId, port: RouterPort): Detach {
    return this.#bus.attach(host, (frame) => {
      port.send(frame);
      if (port.queuedBytes(frame.source) > this.#limits.queueBytes) this.#overflow(frame.source);
    });
  }

  /** Takes a frame that came over the link of host `from`. */
  relay(from: HostId, frame: Frame): void {
    if (frame.source !== from) {
      this.#refuse(from, "spoofed-frame", `Frame claims host ${frame.source} as its source; ${from} was wanted`);
    } else if (!this.#bus.send(frame) && frame.kind === KIND.open) this.#bounce(frame);
  }

  /** Nobody is there: answers in the place of the host that is down. */
  #bounce(open: Frame): void {
    const fields = {
      kind: KIND.reset,
      source: open.destination,
      destination: open.source,
      flags: FROM_ACCEPTOR,
      stream: open.stream,
    };
    this.#bus.send(makeFrame(fields, encodeReason({ code: "host-down", message: ERRORS["host-down"].meaning })));
  }
}
