// The ports that programs inside listen on, as their system tells, and where each is reached.

import { addressOfBytes, type FoundPort } from "../core/mod.ts";
import { askListeners, type ListeningSocket, listenerIn } from "./netlink/listeners.ts";
import { DIVERTED } from "./netlink/rules.ts";
import { exchange } from "./netlink/socket.ts";

const [LOCAL4, LOCAL6] = ["127.0.0.1", "::1"];
const DNS_PORT = 53;

/** Asks over a socket of sock_diag; what the agent itself listens on there is left out. */
export function portsOf(fd: number, vip: string): FoundPort[] {
  const sockets = ([4, 6] as const).flatMap((family) =>
    exchange(fd, [askListeners(family, family)]).flatMap((answer) => listenerIn(answer) ?? []),
  );
  const ports = new Map<number, FoundPort>();
  for (const socket of sockets) {
    const host = hostOf(socket, vip);
    // Of several sockets at a port the first is taken: those of IPv4 come first.
    if (host !== undefined && !ports.has(socket.port))
      ports.set(socket.port, { listen: socket.port, target: { host, port: socket.port } });
  }
  return [...ports.values()];
}

/** Where a socket is reached; undefined for what is no program's. */
function hostOf({ address, family, port }: ListeningSocket, vip: string): string | undefined {
  const isAny = address.every((byte) => byte === 0);
  if (isAny) return family === 4 ? LOCAL4 : LOCAL6;
  const text = addressOfBytes([...address]);
  const isOwn = (port === DNS_PORT && text === LOCAL4) || port === DIVERTED.port;
  return isOwn || (family === 6 && text !== LOCAL6) || !(text === LOCAL6 || text === vip || text.startsWith("127."))
    ? undefined
    : text;
}
