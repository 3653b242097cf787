// Serves every published port of the network on its VIP, on this host's own loopback interface. Ignores
// routes; must not know where a host really is.

import { type FrontEnd, type HostContext, type HostId, lendingReads, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { type Listener, listen } from "../support/listen.ts";
import { listenError } from "../support/net_errors.ts";
import { resetSocket } from "../support/reset.ts";
import { RETRY_MS } from "../support/retry.ts";
import { splice } from "../support/splice.ts";

const NAME = "loopback";

/** The loopback front-end. */
export const loopbackPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(loopbackFrontEnd),
};

/** One published port, as it is to be served here. */
interface Wanted {
  readonly host: HostId;
  readonly name: string;
  readonly vip: string;
  readonly port: number;
}

function loopbackFrontEnd(context: HostContext): FrontEnd {
  /** By address; undefined while an address could not be had. */
  const held = new Map<string, Listener | undefined>();
  let again: ReturnType<typeof setTimeout> | undefined;

  async function open(address: string, wanted: Wanted): Promise<void> {
    const told = held.has(address);
    held.set(address, undefined);
    try {
      const listener = await listen({ host: wanted.vip, port: wanted.port }, (socket) => connect(lendingReads(socket), wanted));
      if (!held.has(address)) return listener.close(); // not wanted any more
      held.set(address, listener);
      context.report({ type: "frontend.listening", frontend: NAME, address, serves: `${wanted.name}:${wanted.port}` });
    } catch (thrown) {
      if (told) return;
      const { code, message } = listenError(address, thrown);
      context.report({ type: "frontend.failed", frontend: NAME, address, code, message });
    }
  }

  function connect(socket: Parameters<typeof splice>[0], wanted: Wanted): void {
    const host = context.network().hosts.get(wanted.host);
    try {
      if (host) splice(socket, context.dial(host, { kind: "published", port: wanted.port }));
      else resetSocket(socket);
    } catch {
      resetSocket(socket); // too many streams
    }
  }

  function close(address: string): void {
    held.get(address)?.close();
    held.delete(address);
    context.report({ type: "frontend.closed", frontend: NAME, address });
  }

  /** Opens what is missing, now and until nothing is. */
  async function openAll(isWorthIt: (address: string) => boolean): Promise<void> {
    const missing = [...wantedAddresses(context)].filter(([address]) => !held.get(address) && isWorthIt(address));
    await Promise.all(missing.map(([address, wanted]) => open(address, wanted)));
    if (again !== undefined || ![...held.values()].includes(undefined)) return;
    again = setTimeout(() => {
      again = undefined;
      void openAll((address) => held.has(address));
    }, RETRY_MS);
  }

  return {
    name: NAME,
    async reconcile() {
      const wanted = wantedAddresses(context);
      for (const address of held.keys()) if (!wanted.has(address)) close(address);
      await openAll((address) => !held.has(address));
    },
    async stop() {
      clearTimeout(again);
      for (const listener of held.values()) listener?.close();
      held.clear();
    },
  };
}

function wantedAddresses(context: HostContext): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  if (!context.self().loopback) return wanted;
  for (const { id, name, vip, ports } of context.network().hosts.values()) {
    for (const { listen } of ports) wanted.set(`${vip}:${listen}`, { host: id, name, vip, port: listen });
  }
  return wanted;
}
