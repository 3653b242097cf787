// Asks running networks over their sockets: what commands and tests do.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { ERRORS, type ErrorCode, messageOf, NoRouterError } from "../../core/mod.ts";
import { isServed } from "./probe.ts";
import { socketFolders, socketsThere } from "./socket_path.ts";

/** How long a network may take to begin its answer, unless a request says otherwise: a busy one still answers within seconds. */
const ANSWER_MS = 30_000;

/** A network whose socket answers. */
export interface RunningNetwork {
  readonly name: string;
  /** The path of its socket. */
  readonly path: string;
}

/** What is asked of a network. */
export interface ApiRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With its query, such as `/v1/hosts/web`. */
  readonly path: string;
  /** Sent as it is; a value that is neither text nor bytes as JSON. */
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
  /** Ends the request. */
  readonly signal?: AbortSignal;
  /** Milliseconds until an answer has to begin; 0 waits for ever. Default: {@link ANSWER_MS}. */
  readonly answerMs?: number;
}

/** An answer that is no error. */
export interface ApiAnswer {
  readonly status: number;
  /** What the JSON of the body reads to. */
  readonly body: unknown;
}

/** An error that a network answered with. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  /** Findings about a manifest or a host. */
  readonly diagnostics?: readonly unknown[];
}

/** A request that was refused: the error as it was answered. */
export class RefusedRequest extends NoRouterError {
  /** HTTP status. */
  readonly status: number;
  /** The error as it was answered; its code may be one of a later version. */
  readonly answer: ApiError;

  constructor(status: number, answer: ApiError) {
    super(Object.hasOwn(ERRORS, answer.code) ? (answer.code as ErrorCode) : "internal", answer.message);
    this.status = status;
    this.answer = answer;
  }
}

/** The networks that run, by name; sockets that nobody serves are left out. */
export async function runningNetworks(folders: readonly string[] = socketFolders()): Promise<RunningNetwork[]> {
  const answered = await Promise.all(socketsThere(folders).map(async (one) => ((await isServed(one.path)) ? [one] : [])));
  const names = new Set<string>();
  // A name in both folders is the network of the first.
  return answered.flat().filter(({ name }) => !names.has(name) && names.add(name));
}

/**
 * The network of a name; without one, the one that runs.
 * @throws NoRouterError `no-network`, or `usage` when several run
 */
export async function networkNamed(name: string | undefined, folders?: readonly string[]): Promise<RunningNetwork> {
  const running = await runningNetworks(folders);
  const names = running.map((one) => `"${one.name}"`).join(", ");
  const others = running.length === 0 ? "none does" : running.length === 1 ? `only ${names} does` : `these do: ${names}`;
  if (name !== undefined) {
    const found = running.find((one) => one.name === name);
    if (found) return found;
    throw new NoRouterError("no-network", `No network "${name}" runs here; ${others}`);
  }
  const [only, ...more] = running;
  if (!only) throw new NoRouterError("no-network", "No network runs here");
  if (more.length > 0) throw new NoRouterError("usage", `Several networks run here, ${names}; say which with '--name'`);
  return only;
}

/**
 * Asks a network, and waits for the whole answer.
 * @param path The network's socket.
 * @throws RefusedRequest for an error that was answered; NoRouterError `no-network` when nobody answers
 */
export async function request(path: string, asked: ApiRequest): Promise<ApiAnswer> {
  const answer = await begun(path, asked);
  const text = await textOf(answer).catch((thrown: unknown) => {
    throw new NoRouterError("no-network", `The answer broke off: ${messageOf(thrown)}`, { cause: thrown });
  });
  return checked(answer, text);
}

/** What is wanted of a network's events. */
export interface EventsRequest {
  /** Events with a number above this. Default: 0, all that are kept. */
  readonly since?: number;
  /** Goes on with those to come. Default: false. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The events of a network, in order. One of type `events.skipped` stands for those that are not kept any more. Ends with the network,
 * or when the stream is cut; whoever goes on asks anew since the last number.
 * @throws as {@link request}
 */
export async function* events(path: string, { since = 0, follow = false, signal }: EventsRequest = {}): AsyncGenerator<unknown> {
  const asked = { method: "GET", path: `/v1/events?since=${since}${follow ? "&follow=true" : ""}` } as const;
  const answer = await begun(path, signal ? { ...asked, signal } : asked);
  if (answer.statusCode !== 200) checked(answer, await textOf(answer));
  let rest = "";
  answer.setEncoding("utf8");
  try {
    for await (const piece of answer as AsyncIterable<string>) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      // An empty line only shows that the network is there.
      for (const line of lines) if (line !== "") yield JSON.parse(line);
    }
  } catch (thrown) {
    if (!isCut(thrown) && !signal?.aborted) throw thrown;
  } finally {
    answer.destroy();
  }
}

/** Of a stream that the network, or whoever reads it, ended in the middle. */
function isCut(thrown: unknown): boolean {
  return ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR"].includes(String((thrown as { code?: unknown }).code));
}

function begun(path: string, asked: ApiRequest): Promise<IncomingMessage> {
  const { method, path: target, body, headers = {}, signal, answerMs = ANSWER_MS } = asked;
  const bytes =
    body === undefined ? undefined : typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: path,
      method,
      path: target,
      headers: { host: "norouter", ...headers },
      ...(signal && { signal }),
    };
    const sent = httpRequest(options, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    const late = () => sent.destroy(new Error(`Nothing was answered in ${answerMs} ms`));
    const timer = answerMs > 0 ? setTimeout(late, answerMs) : undefined;
    sent.on("error", (thrown) => {
      clearTimeout(timer);
      reject(new NoRouterError("no-network", `The network does not answer: ${messageOf(thrown)}`, { cause: thrown }));
    });
    sent.end(bytes);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  answer.setEncoding("utf8");
  for await (const piece of answer as AsyncIterable<string>) text += piece;
  return text;
}

function checked({ statusCode = 0 }: IncomingMessage, text: string): ApiAnswer {
  let body: unknown;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    throw new NoRouterError("internal", "The network's answer is not JSON");
  }
  if (statusCode < 400) return { status: statusCode, body };
  const { error } = (body ?? {}) as { readonly error?: Partial<ApiError> };
  const { code = "internal", message = `Status ${statusCode}` } = error ?? {};
  throw new RefusedRequest(statusCode, { ...error, code, message });
}
