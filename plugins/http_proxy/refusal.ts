// How a request is refused: the error, and the status where HTTP knows a better one than the table of errors has.

import { type ErrorCode, NoRouterError } from "../../core/mod.ts";

/** What the client is told. Its message may name what the client sent, printable characters only. */
export class Refusal extends NoRouterError {
  /** RFC 9110 section 15. */
  readonly status: number;
  /** One clause without a full stop: what to do. */
  readonly advice: string;

  constructor(code: ErrorCode, message: string, options: { readonly status?: number; readonly advice?: string } = {}) {
    super(code, message);
    this.status = options.status ?? this.row.http;
    this.advice = options.advice ?? this.row.advice;
  }
}

/** A request that is not by the book; 400 unless a status says it better. */
export function badRequest(message: string, status?: number): Refusal {
  return new Refusal("bad-request", message, status === undefined ? {} : { status });
}

/** Any failure as a refusal. */
export function refusalOf(error: NoRouterError): Refusal {
  return error instanceof Refusal ? error : new Refusal(error.code, error.message);
}
