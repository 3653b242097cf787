// Unix sockets on a host that lead into the network. Must not decide where a destination leads, and dials nothing outside.

import type { Socket } from "node:net";
import { type FrontEnd, type HostContext, type HostPart, lendingReads, PLUGIN_API } from "../../core/mod.ts";
import { enterFor } from "../support/enter.ts";
import { type Holding, keeper } from "../support/keeper.ts";
import { type Listener, listen } from "../support/listen.ts";
import { listenError } from "../support/net_errors.ts";
import { placeOf } from "../support/place.ts";
import { resetSocket } from "../support/reset.ts";
import { splice } from "../support/splice.ts";
import { destinationAt } from "./destination.ts";
import { ownerOf } from "./owner.ts";
import type { SocketSettings } from "./settings.ts";

const NAME = "sockets";
/** The agent's user alone, as with every socket that this program makes. */
const DEFAULT_MODE = "600";

/** The front-end of Unix sockets. */
export const socketsHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(socketsFrontEnd),
};

function socketsFrontEnd(context: HostContext): FrontEnd {
  const sockets = keeper<SocketSettings>({
    frontend: NAME,
    context,
    hold: () => held((accepted, { to }) => void connected(context, lendingReads(accepted), to)),
    same: (before, now) => before.to === now.to && isSameAccess(before, now),
    serves: (_, { to }) => to,
    failure: listenError,
  });

  return {
    name: NAME,
    reconcile() {
      const wanted = context.settings<readonly SocketSettings[]>(NAME) ?? [];
      return sockets.keep(new Map(wanted.map((one) => [`unix:${one.path}`, one])));
    },
    stop: () => sockets.stop(),
  };
}

function isSameAccess(a: SocketSettings, b: SocketSettings): boolean {
  return a.mode === b.mode && a.owner === b.owner;
}

/** A socket that is opened anew where its mode or owner changes; its connections go on. */
function held(connected: (socket: Socket, settings: SocketSettings) => void): Holding<SocketSettings> {
  let listener: Listener | undefined;
  let now: SocketSettings | undefined;
  const close = () => {
    listener?.close();
    listener = undefined;
  };
  return {
    async open(wanted) {
      if (listener && now && !isSameAccess(now, wanted)) close();
      now = wanted;
      if (listener) return;
      const { path, mode = DEFAULT_MODE, owner } = wanted;
      const access = { mode: Number.parseInt(mode, 8), owner: owner === undefined ? undefined : ownerOf(owner) };
      listener = await listen(placeOf(`unix:${path}`), (socket) => connected(socket, now ?? wanted), access);
    },
    close,
  };
}

/** Leads one client to where its socket leads now; one that nothing can be opened for is ended. */
async function connected(context: HostContext, socket: Socket, to: string): Promise<void> {
  socket.on("error", () => undefined);
  try {
    const client = { socket, foreign: false, near: undefined };
    const stream = await enterFor(client, context, destinationAt(to), "refuse");
    if (!socket.destroyed) splice(socket, stream);
  } catch {
    resetSocket(socket);
  }
}
