// What is done with one host: it is tried again, drained, started, stopped.

import type { ApiRoute, RouteRequest } from "./route.ts";

/** All of them, as the document lists them. */
export const HOST_ACTS: readonly ApiRoute[] = [
  startAct("retry", {
    summary: "Starts a host at once that waits for its next start",
    means: "The host is being started",
    act: ({ control, name }) => control.retry(name),
  }),
  drainAct(false),
  drainAct(true),
  startAct("start", {
    summary: "Starts a host that starts on demand; it goes on until it is told to stop",
    means: "The host is being started, or runs",
    act: ({ control, name }) => control.startHost(name),
  }),
  startAct("stop", {
    summary: "Stops a host that starts on demand, whoever uses it; the next connection starts it again",
    means: "The host is being stopped",
    act: ({ control, name }) => control.stopHost(name),
  }),
];

interface StartAct {
  readonly summary: string;
  readonly means: string;
  readonly act: (request: RouteRequest) => unknown;
}

/** One that is only begun: the events say how it ends. */
function startAct(verb: "retry" | "start" | "stop", { summary, means, act }: StartAct): ApiRoute {
  return {
    method: "POST",
    path: `/v1/hosts/{name}/${verb}`,
    id: `${verb}Host`,
    summary,
    answers: { 202: { means, schema: "Retried" } },
    errors: ["no-host", "command-refused"],
    async answer(request) {
      await act(request);
      return { status: 202, json: { host: request.name, seq: request.control.seq } };
    },
  };
}

function drainAct(undo: boolean): ApiRoute {
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
