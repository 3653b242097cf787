// Serves every published port of the network on its VIP, on this host's own loopback interface. Ignores routes.

import {
  type FrontEnd,
  type HostContext,
  type HostId,
  type HostPart,
  type HostState,
  lendingReads,
  PLUGIN_API,
  showPlace,
} from "../../core/mod.ts";
import { clientMark } from "../support/client_mark.ts";
import { keeper, listening } from "../support/keeper.ts";
import { listen } from "../support/listen.ts";
import { listenError } from "../support/net_errors.ts";
import { resetSocket } from "../support/reset.ts";
import { splice } from "../support/splice.ts";

const NAME = "loopback";

/** The loopback front-end. */
export const loopbackHost: HostPart = {
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
  const ports = keeper<Wanted>({
    frontend: NAME,
    context,
    // The listener stays when another host gets the VIP: what connects from then on goes there.
    hold: () =>
      listening((wanted) => {
        const { vip, port } = wanted();
        return listen({ host: vip, port }, (socket) => connect(lendingReads(socket), wanted()));
      }),
    same: (before, now) => before.host === now.host && before.name === now.name,
    serves: (_, { name, port }) => `${name}:${port}`,
    failure: listenError,
  });

  function connect(socket: Parameters<typeof splice>[0], wanted: Wanted): void {
    const host = context.network().hosts.get(wanted.host);
    try {
      if (host) splice(socket, context.dial(host, { kind: "published", port: wanted.port, ...clientMark(host, socket) }));
      else resetSocket(socket);
    } catch {
      resetSocket(socket); // too many streams
    }
  }

  return {
    name: NAME,
    reconcile: () => ports.keep(wantedAddresses(context)),
    stop: () => ports.stop(),
  };
}

/**
 * Ports that programs of this host are about to listen on, as it was just started for somebody: a program that listens on every
 * address cannot begin where one address of the port is taken.
 */
function portsOfPrograms({ lazy, phase, ports }: HostState): ReadonlySet<number> {
  if (!lazy || phase === "ready") return new Set();
  return new Set(ports.flatMap(({ target }) => (target && "port" in target ? [target.port] : [])));
}

function wantedAddresses(context: HostContext): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  if (!context.settings(NAME)) return wanted;
  const taken = portsOfPrograms(context.self());
  for (const { id, name, vip, ports } of context.network().hosts.values()) {
    for (const { listen } of ports.filter(({ listen, protocol }) => protocol === "tcp" && !taken.has(listen)))
      wanted.set(showPlace({ host: vip, port: listen }), { host: id, name, vip, port: listen });
  }
  return wanted;
}
