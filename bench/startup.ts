// From starting the command to the first byte through.
import type { FreshMeasure } from "./measure.ts";
import { addressOf } from "./peers.ts";

/** For ssh the sshd runs already, as the agents' hosts do. */
export const startup: FreshMeasure = {
  kind: "fresh",
  name: "startup",
  quantities: [
    { id: "startReady", title: "start until ready", unit: "ms", better: "less" },
    { id: "startFirstByte", title: "start until the first byte came back", unit: "ms", better: "less" },
  ],
  applies: (peer) => peer.hops > 0,
  once: async (peer, { load, target }) => {
    const begin = performance.now();
    const running = await peer.start(target);
    try {
      const ready = performance.now() - begin;
      await load.ask({ kind: "roundTrip", at: addressOf(running), samples: 1 });
      return [ready, performance.now() - begin];
    } finally {
      await running.stop();
    }
  },
};
