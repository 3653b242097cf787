// The routes that drain a host and take that back.

import type { ApiRoute } from "./route.ts";

/** Both. */
export const DRAIN_ROUTES: readonly ApiRoute[] = [drainRoute(false), drainRoute(true)];

function drainRoute(undo: boolean): ApiRoute {
  return {
    method: undo ? "DELETE" : "POST",
    path: "/v1/hosts/{name}/drain",
    id: undo ? "undrainHost" : "drainHost",
    summary: undo
      ? "Gives a host new connections of services again"
      : "Gives a host no new connections of services; those that it has go on",
    answers: { 200: { means: "It is so", schema: "Drained" } },
    errors: ["no-host", "command-refused"],
    async answer({ control, name }) {
      await control.drain(name, undo);
      return { status: 200, json: { host: name, drained: !undo, connections: control.serves(name), seq: control.seq } };
    },
  };
}
