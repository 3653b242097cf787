// Calls the starter that a plugin registers, as a manager would for one host.

import { waitFor } from "../../conformance/support/wait.ts";
import {
  type CarrierEnd,
  type HostSettings,
  type Limits,
  type NetworkIdentity,
  type Plugin,
  registerPlugins,
  type Transport,
  withLimits,
} from "../../core/mod.ts";
import { starterFor } from "../../core/plugin/registry.ts";
import { fakeSource } from "./fake_host.ts";

/** A host whose starter is called. */
export interface StartedHost {
  /** What the starter told so far. */
  readonly steps: string[];
  start(signal?: AbortSignal): Promise<"started" | "running">;
  stop(signal?: AbortSignal): Promise<void>;
  /** How a link ends that finds no agent there. */
  open(): Promise<CarrierEnd>;
}

/** Which host it is, and what it may take. */
export interface StartingOptions {
  readonly name?: string;
  readonly network?: NetworkIdentity;
  readonly limits?: Partial<Limits>;
}

/** What the schema of a plugin's key makes of a value. */
export async function settingsOfKey(plugin: Plugin, value: unknown): Promise<HostSettings> {
  const checked = await registerPlugins([plugin]).keys.host[0]?.schema["~standard"].validate(value);
  if (!checked || checked.issues) throw new Error(JSON.stringify(checked?.issues));
  return { [plugin.name]: checked.value };
}

/** The starter of a plugin, for one host. @throws Error when it claims no such host */
export async function starting(plugin: Plugin, value: unknown, options: StartingOptions = {}): Promise<StartedHost> {
  const { name = "web", network = { name: "test", folder: "/here" }, limits = {} } = options;
  const settings = await settingsOfKey(plugin, value);
  const starter = starterFor(registerPlugins([plugin]), settings, {});
  if (!starter) throw new Error("No starter claims the host");
  const steps: string[] = [];
  const request = (signal: AbortSignal) => ({
    ...{ name, network, settings, signal, demand: {}, limits: withLimits(limits) },
    progress: ({ what }: { readonly what: string }) => void steps.push(what),
    debug: () => undefined,
  });
  return {
    steps,
    open: async () => {
      const transport = registerPlugins([plugin]).transports[0] as Transport;
      const none = () => undefined;
      const more = { vip: "127.0.42.101", agents: fakeSource(), serveHere: none, chosen: none };
      const asked = { ...request(new AbortController().signal), ...more };
      const carrier = await transport.open(asked);
      const ends: CarrierEnd[] = [];
      carrier.start({ data: none, drain: none, closed: (end) => void ends.push(end) });
      await waitFor(() => ends.length > 0, { what: "the end of the link" });
      await carrier.close();
      return ends[0] as CarrierEnd;
    },
    start: (signal = new AbortController().signal) => starter.start(request(signal)),
    stop: (signal = new AbortController().signal) => starter.stop(request(signal)),
  };
}
