// The key `loopback` of a host in the manifest: on unless it says otherwise.

import { quoted, settingsOf } from "../../core/manifest/keys/mod.ts";
import { type CheckedManifest, isLoopback, type Note, type PluginKey } from "../../core/mod.ts";
import { isInside } from "../support/inside_host.ts";
import { checkLoops } from "./loops.ts";

/** Listening on the VIPs of the network, as the manifest has it. */
export interface LoopbackSpec {
  readonly disable: boolean;
}

/** Listening on the VIPs of the network. */
export const loopbackKey: PluginKey<LoopbackSpec> = {
  name: "loopback",
  description: "Listening on the other hosts' VIPs.",
  template: true,
  fallback: {},
  schema: settingsOf({
    unknown: "warn",
    fields: {
      disable: {
        type: "flag",
        description: "True: the host listens on no VIP. Its own ports stay reachable from the others.",
        fallback: false,
      },
    },
  }),
  expose: ({ disable }, { host }) => (disable || isInside(host) ? undefined : { own: {} }),
  check: (manifest, note) => {
    checkVips(manifest, note);
    checkLoops(manifest, note);
  },
};

/** A host listens on every VIP while its loopback is on, and without root only 127.0.0.0/8 can be listened on. */
function checkVips({ hosts, services = [] }: CheckedManifest, note: Note): void {
  const listener = hosts.find((host) => !isInside(host) && (host.keys.loopback as LoopbackSpec | undefined)?.disable === false);
  if (!listener) return;
  for (const { name, vip, ...one } of [...hosts, ...services]) {
    if (vip === "" || isLoopback(vip)) continue;
    const message = `VIP '${vip}' is outside of 127.0.0.0/8, but loopback is on for host ${quoted(listener.name)}`;
    const hint = "Use an address such as 127.0.42.101, or set 'loopback.disable: true' in 'hostTemplate'";
    note({ severity: "error", message, hint, at: { ["policy" in one ? "service" : "host"]: name, key: "vip" } });
  }
}
