// Starts a carrier and waits until an agent speaks on it, or it ends: only then it is known what is there.

import { type Carrier, type CarrierEnd, type Limits, owned, settlesWithin } from "../../../core/mod.ts";
import { agentSpeaks, HeardCarrier } from "../heard_carrier.ts";
import { linesIn } from "../last_lines.ts";

/** An agent that speaks, or one that is silent so far, or how the carrier ended before; `stderr` holds all that was said. */
export type Attended = { readonly carrier: Carrier; readonly silent: boolean } | { readonly end: CarrierEnd };

/**
 * The carrier of an agent that has spoken, not started as far as its next owner can tell; one that stays silent for as long as it
 * may is handed over as well.
 */
export async function attended(carrier: Carrier, limits: Limits, silentMs: number = limits.helloMs): Promise<Attended> {
  const news = Promise.withResolvers<void>();
  const line = new HeardCarrier(carrier);
  let heard: Buffer = Buffer.alloc(0);
  line.start({
    data: (chunk) => {
      heard = Buffer.concat([heard, owned(chunk)]);
      if (agentSpeaks(heard) || heard.length > limits.bannerBytes) news.resolve();
    },
    drain: () => undefined,
    closed: () => news.resolve(),
  });
  const silent = !(await settlesWithin(news.promise, silentMs));
  const { end } = line;
  if (!end || agentSpeaks(heard)) return { silent, carrier: line.handOver(() => heard) };
  return { end: { ...end, stderr: [...end.stderr, ...linesIn(heard.toString())].slice(-limits.stderrLines) } };
}
