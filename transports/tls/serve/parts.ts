// The parts that an agent of 'norouter serve' runs: those that peers are allowed, and of these what they are allowed. Egresses that
// dial ask the guard themselves.

import type { HostPart, HostPartContext, PluginOnHost } from "../../../core/mod.ts";
import type { Permissions, Right } from "./allow.ts";

/** What a part's two sides need; `guard`: nothing, the guard is asked for each target. */
interface Needs {
  readonly frontEnds: Right | "guard";
  readonly egresses: Right | "guard";
}

const NEEDS: Readonly<Record<string, Needs>> = {
  forward: { frontEnds: "listen", egresses: "guard" },
  routes: { frontEnds: "listen", egresses: "guard" },
  dns: { frontEnds: "listen", egresses: "dns" },
  loopback: { frontEnds: "listen", egresses: "listen" },
  "http-proxy": { frontEnds: "listen", egresses: "listen" },
  socks: { frontEnds: "listen", egresses: "listen" },
  sockets: { frontEnds: "listen", egresses: "listen" },
  // Asks the guard before it looks whether a host is ready.
  "on-demand": { frontEnds: "guard", egresses: "code" },
  // The same for the checks of a service.
  "service-checks": { frontEnds: "guard", egresses: "code" },
  "state-dir": { frontEnds: "files", egresses: "files" },
  "etc-hosts": { frontEnds: "files", egresses: "files" },
};

/** What is not in the list above, such as a part of a later version, needs what lets a manager do anything. */
const ANYTHING: Needs = { frontEnds: "code", egresses: "code" };

/** Parts without what the peer is not allowed. */
export function allowedParts(
  parts: readonly PluginOnHost[],
  { rights }: Pick<Permissions, "rights">,
  left: (part: string, right: Right) => void,
): PluginOnHost[] {
  return parts.map(({ name, host }) => {
    if (!host || !("load" in host)) return { name };
    const { frontEnds, egresses } = NEEDS[name] ?? ANYTHING;
    const load = async () => {
      const part = await host.load();
      /** Hands a registration on, or tells of it. */
      const only =
        <T>(needed: Right | "guard", register: (make: T) => void) =>
        (make: T): void => {
          if (needed === "guard" || rights.has(needed)) register(make);
          else left(name, needed);
        };
      const setup = ({ frontEnd, egress }: HostPartContext) =>
        part.setup({ frontEnd: only(frontEnds, frontEnd), egress: only(egresses, egress) });
      return { name: part.name, api: part.api, setup } satisfies HostPart;
    };
    return { name, host: { load } };
  });
}
