// The one table of what the API serves: the server dispatches by it, and the document is made of it.

import { type Change, type ErrorCode, type HostState, NoRouterError } from "../../core/mod.ts";
import {
  type Plain,
  type Shown,
  shownChange,
  shownHost,
  shownHosts,
  shownNetwork,
  shownRoutes,
  shownStreams,
} from "./answers.ts";
import { API_BOUNDS } from "./bounds.ts";
import { HOST_ACTS } from "./host_acts.ts";
import { shownList } from "./list.ts";
import { documentOf } from "./openapi.ts";
import { type ApiRoute, RefusedChange, type RouteAnswer } from "./route.ts";
import { shownTraffic, TRAFFIC_BY, timeSince, trafficBy } from "./traffic.ts";

const YAML_OR_JSON = ["application/yaml", "application/json"];
const WRONG: readonly ErrorCode[] = [
  "manifest-invalid",
  "command-refused",
  "no-transport",
  "no-rule",
  "rule-failed",
  "too-large",
];

/** All routes. */
export const ROUTES: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/v1/network",
    id: "getNetwork",
    summary: "The network and its hosts in a few words",
    answers: { 200: { means: "The state as it is", schema: "Network" } },
    errors: [],
    answer: (request) => ok(shownNetwork(request)),
  },
  {
    method: "GET",
    path: "/v1/hosts",
    id: "getHosts",
    summary: "All that is known of every host",
    answers: { 200: { means: "The hosts, in the manifest's order", schema: "Hosts" } },
    errors: [],
    answer: (request) => ok(shownHosts(request)),
  },
  {
    method: "GET",
    path: "/v1/hosts/{name}",
    id: "getHost",
    summary: "All that is known of one host",
    answers: { 200: { means: "The host", schema: "Host" } },
    errors: ["no-host"],
    answer: (request) => ok(shownHost(hostOf(request, request.name), request.control, request.streams.counts())),
  },
  {
    method: "PUT",
    path: "/v1/hosts/{name}",
    id: "putHost",
    summary: "Adds a host while the network runs, or changes one that was added; it survives a reload of the manifest",
    query: {
      guest: {
        description: "The host is removed when its link ends, or does not come up; a host of that name is left alone",
        schema: { type: "boolean" },
      },
    },
    body: { description: "What would stand under the host's name in 'hosts' of a manifest", types: YAML_OR_JSON },
    answers: {
      200: { means: "The host is what the body says", schema: "Change" },
      201: { means: "The host was added", schema: "Change" },
    },
    errors: WRONG,
    async answer({ control, name, body, query }) {
      const before = control.network;
      const known = [...before.hosts.values()].some((host) => host.name === name);
      return changed(await control.add({ name, text: body, guest: query("guest") === "true" }), {
        before,
        control,
        status: known ? 200 : 201,
      });
    },
  },
  {
    method: "DELETE",
    path: "/v1/hosts/{name}",
    id: "deleteHost",
    summary: "Removes a host that was added while the network runs",
    answers: { 200: { means: "The host has left", schema: "Change" } },
    errors: ["no-host", ...WRONG],
    async answer({ control, name }) {
      const before = control.network;
      return changed(await control.remove(name), { before, control });
    },
  },
  ...HOST_ACTS,
  {
    method: "GET",
    path: "/v1/streams",
    id: "getStreams",
    summary: "The open streams",
    query: { host: { description: "Only those that this host opened or serves", schema: { type: "string" } } },
    answers: { 200: { means: "The streams, each opener's in the order in which they were opened", schema: "Streams" } },
    errors: ["no-host"],
    answer(request) {
      const host = request.query("host");
      return ok(shownStreams(request, host === undefined ? undefined : hostOf(request, host)));
    },
  },
  {
    method: "GET",
    path: "/v1/traffic",
    id: "getTraffic",
    summary: "How many bytes connections have carried, up to now",
    query: {
      by: { description: "What there is a row for; default 'edge', two hosts", schema: { enum: TRAFFIC_BY } },
      since: {
        description:
          "How long ago, such as '30m', '1h' or '2d', a time in ISO 8601, or milliseconds since 1970; default: since the network began",
        schema: { type: "string" },
      },
    },
    answers: { 200: { means: "The rows, those with most bytes first", schema: "Traffic" } },
    errors: [],
    answer({ control, query }) {
      const since = query("since");
      const at = since === undefined ? undefined : timeSince(since, Date.now());
      return ok(shownTraffic(control, { by: trafficBy(query("by") ?? "edge"), since: at }));
    },
  },
  {
    method: "GET",
    path: "/v1/list",
    id: "getList",
    summary: "What there is and what it leads to: hosts, services, links and listeners",
    answers: { 200: { means: "The lists", schema: "List" } },
    errors: [],
    answer: (request) => ok(shownList(request)),
  },
  {
    method: "GET",
    path: "/v1/routes",
    id: "getRoutes",
    summary: "The routes, in order; the last that fits wins",
    answers: { 200: { means: "The routes", schema: "Routes" } },
    errors: [],
    answer: ({ control }) => ok(shownRoutes(control)),
  },
  {
    method: "GET",
    path: "/v1/explain",
    id: "explain",
    summary: "Where a destination leads, and why",
    query: {
      destination: { description: "NAME, NAME:PORT or the URL of a web page", schema: { type: "string" }, required: true },
      from: { description: "The host where a program asks; default the manager's own", schema: { type: "string" } },
    },
    answers: { 200: { means: "The explanation", schema: "Explanation" } },
    errors: ["command-refused"],
    answer: async ({ control, query }) => ok((await control.explain(query("destination") ?? "", query("from"))) as Plain),
  },
  {
    method: "GET",
    path: "/v1/events",
    id: "getEvents",
    summary: "The events of the log, in order",
    query: {
      since: { description: "Events with a number above this; default 0", schema: { type: "integer", minimum: 0 } },
      follow: { description: "Goes on with those to come; always with server-sent events", schema: { type: "boolean" } },
    },
    answers: { 200: { means: "Events, one a line or, where 'text/event-stream' is accepted, server-sent", schema: "Event" } },
    errors: ["too-many-connections"],
    isStream: true,
    answer({ query, header }) {
      const form = header("accept")?.includes("text/event-stream") ? "sse" : "lines";
      const since = numberOf(header("last-event-id") ?? query("since") ?? "0");
      return { events: { since, follow: form === "sse" || query("follow") === "true", form } };
    },
  },
  {
    method: "POST",
    path: "/v1/apply",
    id: "apply",
    summary: "Makes the network what a manifest says; hosts that were added stay",
    body: { description: "A manifest", types: YAML_OR_JSON },
    answers: { 200: { means: "The network is what the body says", schema: "Change" } },
    errors: [...WRONG, "plugin-invalid"],
    async answer({ control, body }) {
      const before = control.network;
      return changed(await control.apply(body), { before, control });
    },
  },
  {
    method: "POST",
    path: "/v1/reload",
    id: "reload",
    summary: "Reads the manifest's file again and applies it",
    answers: { 200: { means: "The network is what the file says", schema: "Change" } },
    errors: [...WRONG, "plugin-invalid", "manifest-missing"],
    async answer({ control }) {
      const before = control.network;
      return changed(await control.reload(), { before, control });
    },
  },
  {
    method: "POST",
    path: "/v1/stop",
    id: "stop",
    summary: "Ends the network",
    body: { description: "Why, for the log", types: ["application/json"], schema: "StopRequest", optional: true },
    answers: { 200: { means: "Every host has left", schema: "Stopped" } },
    errors: [],
    async answer({ control, body, stopping }) {
      const reason = reasonOf(body);
      void control.stop(reason).catch(() => undefined);
      await stopping;
      return ok({ stopped: control.network.stopped, seq: control.seq });
    },
  },
  {
    method: "GET",
    path: "/v1/openapi.json",
    id: "getDocument",
    summary: "This document",
    answers: { 200: { means: "The document", schema: "Document" } },
    errors: [],
    answer: () => ok(documentOf(ROUTES)),
  },
];

function ok(json: Plain): RouteAnswer {
  return { status: 200, json };
}

interface Made {
  readonly before: Shown["control"]["network"];
  readonly control: Shown["control"];
  readonly status?: number;
}

function changed(change: Change, { before, control, status = 200 }: Made): RouteAnswer {
  if (change.refused) throw new RefusedChange(change.refused, change);
  return { status, json: shownChange(change, before, control) };
}

function hostOf({ control }: Shown, name: string): HostState {
  const found = [...control.network.hosts.values()].find((host) => host.name === name);
  if (found) return found;
  throw new NoRouterError("no-host", `There is no host "${name}"`);
}

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new NoRouterError("usage", "'since' is no number of an event");
}

function reasonOf(body: Uint8Array): string {
  if (body.length === 0) return "told to by a program";
  let given: unknown;
  try {
    given =
      (JSON.parse(new TextDecoder().decode(body)) as { readonly reason?: unknown } | null)?.reason ?? "told to by a program";
  } catch {
    given = undefined;
  }
  if (typeof given === "string" && given.length <= API_BOUNDS.reasonLength) return given;
  throw new NoRouterError("usage", `The body is no JSON with a 'reason' of ${API_BOUNDS.reasonLength} letters at most`);
}
