// Starts a carrier and waits until an agent speaks on it, or it ends: only then it is known what is there.

import {
  type Carrier,
  type CarrierEnd,
  type CarrierHandlers,
  type Limits,
  owned,
  preambleOf,
  settlesWithin,
} from "../../../core/mod.ts";

/** An agent that speaks, or one that is silent so far, or how the carrier ended before; `stderr` holds all that was said. */
export type Attended = { readonly carrier: Carrier; readonly silent: boolean } | { readonly end: CarrierEnd };

const PREAMBLE = Buffer.from(preambleOf("agent"));

/**
 * The carrier of an agent that has spoken, not started as far as its next owner can tell; one that stays silent for as long as it
 * may is handed over as well.
 */
export async function attended(carrier: Carrier, limits: Limits, silentMs: number = limits.helloMs): Promise<Attended> {
  const news = Promise.withResolvers<void>();
  let heard: Buffer = Buffer.alloc(0);
  let end: CarrierEnd | undefined;
  let owner: CarrierHandlers | undefined;
  let drains = false;
  carrier.start({
    data: (chunk) => {
      if (owner) return owner.data(chunk);
      heard = Buffer.concat([heard, owned(chunk)]);
      if (heard.includes(PREAMBLE) || heard.length > limits.bannerBytes) news.resolve();
    },
    drain: () => {
      drains = true;
      owner?.drain();
    },
    closed: (how) => {
      end = how;
      news.resolve();
      owner?.closed(how);
    },
  });
  const silent = !(await settlesWithin(news.promise, silentMs));
  if (end && !heard.includes(PREAMBLE)) {
    const said = heard
      .toString()
      .split("\n")
      .map((line) => line.trim());
    return { end: { ...end, stderr: [...end.stderr, ...said.filter((line) => line !== "")].slice(-limits.stderrLines) } };
  }
  const { cheapWrites } = carrier;
  return {
    silent,
    carrier: {
      ...(cheapWrites === undefined ? {} : { cheapWrites }),
      start: (handlers) => {
        owner = handlers;
        if (heard.length > 0) handlers.data(heard);
        if (drains) handlers.drain();
        if (end) handlers.closed(end);
      },
      pause: () => carrier.pause?.(),
      resume: () => carrier.resume?.(),
      write: (parts) => carrier.write(parts),
      close: () => carrier.close(),
    },
  };
}
