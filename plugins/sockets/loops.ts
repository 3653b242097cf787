// Sockets that lead to a port whose target is that socket. Pure.

import { type CheckedManifest, canonicalName, type Note } from "../../core/mod.ts";
import { destinationAt } from "./destination.ts";
import type { SocketSettings } from "./settings.ts";

/** A connection to a socket of a loop opens stream after stream until a limit ends it. */
export function checkLoops({ hosts }: CheckedManifest, note: Note): void {
  const byName = new Map(
    hosts.flatMap((host) => [host.vip, host.name, ...host.aliases].map((one) => [canonicalName(one), host])),
  );
  const socketAt = (host: string, path: string) =>
    ((byName.get(host)?.keys.sockets ?? []) as readonly SocketSettings[]).find((one) => one.path === path);

  /** The socket that a port's target is, on the host that publishes it. */
  function next({ to }: SocketSettings): { readonly host: string; readonly socket: SocketSettings } | undefined {
    const { host, port } = destinationAt(to);
    const target = byName.get(host)?.ports.find(({ listen }) => listen === port)?.target;
    const socket = target && "path" in target ? socketAt(host, target.path) : undefined;
    return socket && { host, socket };
  }

  for (const host of hosts) {
    for (const [index, socket] of ((host.keys.sockets ?? []) as readonly SocketSettings[]).entries()) {
      const seen = new Set<SocketSettings>();
      let at = next(socket);
      for (; at !== undefined && at.socket !== socket && !seen.has(at.socket); at = next(at.socket)) seen.add(at.socket);
      if (at?.socket !== socket) continue;
      const message = `Socket '${socket.path}' leads to ${socket.to}, whose target is that socket itself`;
      const hint = "Name the socket where the server listens as the target";
      note({ severity: "error", message, hint, at: { host: host.name, key: "sockets", path: [index] } });
    }
  }
}
