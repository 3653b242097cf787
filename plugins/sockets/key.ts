// The key `sockets` of a host in the manifest: Unix sockets on the host that lead into the network.

import type { Json, PluginKey } from "../../core/mod.ts";
import { checkSockets } from "./checks.ts";
import { socketsSchema } from "./schema.ts";
import type { SocketSettings } from "./settings.ts";

/** The sockets of a host. */
export const socketsKey: PluginKey<readonly SocketSettings[]> = {
  name: "sockets",
  description:
    "Unix sockets on the host that lead into the network, each 'PATH -> HOST:PORT' or a mapping. Those of a host take the place of those in 'hostTemplate'.",
  template: true,
  schema: socketsSchema,
  expose: (sockets) => (sockets.length > 0 ? { own: sockets as unknown as Json } : undefined),
  check: checkSockets,
};
