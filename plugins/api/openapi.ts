// The OpenAPI document (https://spec.openapis.org/oas/v3.1.1), made of the table of routes.

import { ERRORS, type ErrorCode } from "../../core/mod.ts";
import type { Plain } from "./answers.ts";
import type { ApiRoute } from "./route.ts";
import { SCHEMAS, type Schema, schemaRef } from "./schemas.ts";

/** The version of the API: of what stands under `/v1`. */
const API_VERSION = "1.0.0";

/** Errors that every route has. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  "usage",
  "bad-request",
  "too-large",
  "slow-client",
  "too-many-connections",
  "internal",
];

/** The document. */
export function documentOf(routes: readonly ApiRoute[]): Plain {
  const paths = new Map<string, Map<string, Plain>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? new Map<string, Plain>();
    paths.set(route.path, methods.set(route.method.toLowerCase(), operationOf(route)));
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "norouter",
      version: API_VERSION,
      description: "A running network: its state, its events, and changes to it. Served over a Unix socket of the user's own.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://localhost", description: "Over the Unix socket; the name does not count" }],
    paths: Object.fromEntries([...paths].map(([path, methods]) => [path, Object.fromEntries(methods)])),
    components: { schemas: SCHEMAS },
  };
}

function operationOf({ id, summary, path, query = {}, body, answers, errors, isStream }: ApiRoute): Plain {
  const inPath = path.includes("{name}")
    ? [{ name: "name", in: "path", required: true, description: "Name of a host", schema: { type: "string" } }]
    : [];
  const inQuery = Object.entries(query).map(([name, { description, schema, required = false }]) => ({
    name,
    in: "query",
    description,
    required,
    schema,
  }));
  const parameters = [...inPath, ...inQuery];
  const good = Object.entries(answers).map(([status, { means, schema }]) => [
    status,
    { description: means, content: isStream ? streamContent() : jsonContent(schemaRef(schema)) },
  ]);
  return {
    operationId: id,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            description: body.description,
            required: body.optional !== true,
            content: Object.fromEntries(
              body.types.map((type) => [type, { schema: body.schema ? schemaRef(body.schema) : { type: ["object", "string"] } }]),
            ),
          },
        }
      : {}),
    responses: Object.fromEntries([...good, ...errorAnswers([...new Set([...errors, ...COMMON_ERRORS])])]),
  };
}

function jsonContent(schema: Schema): Plain {
  return { "application/json": { schema } };
}

function streamContent(): Plain {
  const event = schemaRef("Event");
  return {
    "application/jsonl": { schema: event },
    "text/event-stream": { schema: { type: "string", description: "'data' is an event" } },
  };
}

/** Errors by their status, with the codes that share one. */
function errorAnswers(codes: readonly ErrorCode[]): [string, Plain][] {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].http);
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, same]) => [
      String(status),
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join("; "),
        content: jsonContent(schemaRef("Error")),
      },
    ]);
}
