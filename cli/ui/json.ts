// A network as JSON, one event a line, for programs.

import { safeJson } from "../../core/manifest/mod.ts";
import { printable } from "../../core/mod.ts";
import type { View } from "./view.ts";
import { namesOf, settled } from "./view.ts";

/** Writes every event of the log, and `network.ready` once every host is ready, idle or has failed. */
export function jsonView(io: { stdout: (text: string) => void; stderr: (text: string) => void }): View {
  let told = false;
  const write = (value: unknown) => io.stdout(`${safeJson(value)}\n`);
  return {
    show(events, network) {
      for (const event of events) write(event);
      if (told || !settled(network)) return;
      told = true;
      const [ready, idle, failed] = (["ready", "idle", "others"] as const).map((which) => namesOf(network, which));
      write({ type: "network.ready", at: Date.now(), ready, ...(idle?.length ? { idle } : {}), failed });
    },
    progress: () => undefined,
    stopping: () => undefined,
    note: (line) => io.stderr(`${printable(line)}\n`),
    close: () => undefined,
  };
}
