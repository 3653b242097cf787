// What one route of the API is: what it takes, what it answers, and how.

import { type Change, type ErrorCode, NoRouterError } from "../../core/mod.ts";
import type { Plain, Shown } from "./answers.ts";
import type { SCHEMAS, Schema } from "./schemas.ts";

type SchemaName = keyof typeof SCHEMAS;

/** A request as a route sees it. */
export interface RouteRequest extends Shown {
  /** What stands for `{name}` in the path, decoded. */
  readonly name: string;
  /** Those of the route's table, decoded; undefined when absent or empty. */
  query(name: string): string | undefined;
  readonly body: Uint8Array;
  /** The value of a header; undefined when absent. */
  header(name: string): string | undefined;
  /** Resolves when the server begins to stop. */
  readonly stopping: Promise<unknown>;
}

/** Which events are wanted, and how. */
export interface WantedEvents {
  /** Those with a number above this. */
  readonly since: number;
  readonly follow: boolean;
  readonly form: "sse" | "lines";
}

/** What a route answers: plain data, or events. */
export type RouteAnswer = { readonly status: number; readonly json: Plain } | { readonly events: WantedEvents };

/** What a change was refused for, with its findings. */
export class RefusedChange extends NoRouterError {
  readonly change: Change;

  constructor(code: ErrorCode, change: Change) {
    super(code, change.diagnostics.find(({ severity }) => severity === "error")?.message);
    this.change = change;
  }
}

/** One parameter of a query. */
export interface QueryField {
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

/** One method of one path. */
export interface ApiRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Literal but for `{name}`. */
  readonly path: string;
  /** Unique; what the operation is called in the document. */
  readonly id: string;
  readonly summary: string;
  readonly query?: { readonly [name: string]: QueryField };
  readonly body?: {
    readonly description: string;
    readonly types: readonly string[];
    readonly schema?: SchemaName;
    readonly optional?: true;
  };
  /** Answers that are no errors: by status, what they mean and their shape. */
  readonly answers: { readonly [status: number]: { readonly means: string; readonly schema: SchemaName } };
  /** Codes of errors that this route has beyond those of every route. */
  readonly errors: readonly ErrorCode[];
  /** Events, in both forms, in place of the answers' JSON. */
  readonly isStream?: true;
  answer(request: RouteRequest): RouteAnswer | Promise<RouteAnswer>;
}
