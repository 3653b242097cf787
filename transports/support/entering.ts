// What transports have in common that enter a host's network from elsewhere, and start nothing in the host itself.

import type { AgentWay, TransportRequest } from "../../core/mod.ts";
import type { Tool } from "./tool.ts";
import type { Watch } from "./watched_carrier.ts";

/** How an agent gets into a host's network. `beside` needs what the transport's `copies` says, the others a shell. */
export interface Entering {
  readonly way: AgentWay & ("beside" | "ephemeral" | "nsenter");
  /** The words that bring a command into the network; absent: those of the transport's own `argv`. */
  argv?(command: readonly string[], tool: Tool): Promise<readonly string[]>;
  /** How to look whether the host runs that these words lead to, where nothing else ends the agent with it. */
  watch?(argv: readonly string[]): Watch | undefined;
}

const PLACES: Readonly<Record<Entering["way"], string>> = {
  beside: "beside it, in its network",
  ephemeral: "in a container of its own in the pod",
  nsenter: "on this machine, in its network",
};

/** The request, of which is told where the agent runs. */
export function placeTold(request: TransportRequest, way: Entering["way"]): TransportRequest {
  return { ...request, chosen: (why) => request.chosen(`${why}; ${PLACES[way]}`) };
}

/**
 * The request, with the engine for a host that does not say what it wants: it asks the files of names alone, and no service of the
 * machine that it runs on. What is told of the choice then does not say that somebody asked for it.
 */
export function enginePreferred(request: TransportRequest): TransportRequest {
  const { agents, settings } = request;
  const { agent = agents?.choice ?? "auto" } = settings;
  if (!agents || agent !== "auto") return request;
  const chosen = (why: string) =>
    request.chosen(why.replace("engine: asked for", "engine: it looks names up in the container's files"));
  return { ...request, chosen, agents: { ...agents, choice: "engine" } };
}
