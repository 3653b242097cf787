// The process behind `startKubeApi`: takes a cluster as a line of JSON on standard input, each line replacing the last, and ends
// with its input. Prints `ready PORT` after each, and `asked METHOD PATH` for every request.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Duplex, Readable } from "node:stream";
import type { Cluster } from "./kube_api.ts";
import { Ephemerals } from "./kube_ephemeral.ts";
import { type Answer, answer, execTarget, failure, patched } from "./kube_objects.ts";
import { Workloads } from "./kube_workloads.ts";
import { acceptWebSocket, type WebSocket, type WebSocketEvents } from "./websocket.ts";

const PROTOCOL = "v5.channel.k8s.io";
/** The channels of that protocol: the first byte of each message. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const;
const OCI_FAILURE = "OCI runtime exec failed"; // what docker prints as the command's output when it could not be started

const ephemerals = new Ephemerals();
/** Looks again at what each watcher watches. */
const watchers = new Set<() => void>();
const workloads = new Workloads(() => {
  for (const look of [...watchers]) look();
});

function exitStatus(code: number, notStarted: string): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  if (notStarted !== "") {
    const exec = `failed to start exec "${randomBytes(32).toString("hex")}": ${notStarted.trim()}`;
    const why = `error executing command in container: failed to exec in container: ${exec}`;
    return failure(500, "InternalError", `Internal error occurred: ${why}`).body;
  }
  const causes = [{ reason: "ExitCode", message: String(code) }];
  const message = `command terminated with non-zero exit code: ${code}`;
  return { metadata: {}, status: "Failure", reason: "NonZeroExitCode", message, details: { causes } };
}

/** Runs a command for a kubectl that is connected. */
function run(socket: WebSocket, argv: readonly string[], query: URLSearchParams): WebSocketEvents {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: [query.get("stdin") === "true" ? "pipe" : "ignore", "pipe", "pipe"] });
  let notStarted = "";
  const finish = (status: object) => {
    socket.send(Buffer.concat([Buffer.of(CHANNEL.error), Buffer.from(JSON.stringify(status))]));
    socket.close();
  };
  const pump = (channel: number, stream: Readable | null) =>
    stream?.on("data", (chunk: Buffer) => {
      if (channel === CHANNEL.stdout && chunk.toString("utf8", 0, OCI_FAILURE.length) === OCI_FAILURE)
        notStarted = chunk.toString();
      else if (!socket.send(Buffer.concat([Buffer.of(channel), chunk]))) stream.pause();
    });
  pump(CHANNEL.stdout, child.stdout);
  pump(CHANNEL.stderr, child.stderr);
  child.stdin?.on("error", () => {}); // the command left; its exit tells
  child.stdin?.on("drain", () => socket.resume());
  child.on("error", (error) => finish(failure(500, "InternalError", String(error)).body));
  child.on("close", (code, signal) => {
    if (code !== null || signal !== null) finish(exitStatus(code ?? 137, notStarted));
  });
  return {
    message: (message) => {
      if (message[0] === CHANNEL.close && message[1] === CHANNEL.stdin) child.stdin?.end();
      if (message[0] !== CHANNEL.stdin || message.length === 1 || child.stdin?.writable !== true) return;
      if (!child.stdin.write(message.subarray(1))) socket.pause();
    },
    drained: () => {
      child.stdout?.resume();
      child.stderr?.resume();
    },
    closed: () => {
      child.stdin?.end();
      child.kill("SIGTERM");
    },
  };
}

function refuse(socket: Duplex, { code, body }: Answer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  const head = `HTTP/1.1 ${code} Refused\r\ncontent-type: ${type}\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function note(request: IncomingMessage): URL {
  process.stdout.write(`asked ${request.method} ${request.url}\n`);
  return new URL(request.url ?? "/", "http://localhost");
}

/** Lists that were given, by their version: whoever watches from there on hears of everything since. */
const lists = new Map<string, { readonly asked: string; readonly objects: ReadonlyMap<string, Watched> }>();
const MOST_LISTS = 1000;
let lastVersion = 1;

/** What a list, or a watch of it, is about. */
function askedBy({ pathname, searchParams }: URL): string {
  const selectors = ["labelSelector", "fieldSelector"].map((name) => searchParams.get(name) ?? "");
  return [pathname, ...selectors].join(" ");
}

/** Gives a list a version of its own. */
function versioned(body: unknown, url: URL): unknown {
  const list = body as { readonly items?: readonly Watched[]; readonly metadata?: object };
  if (!list.items) return body;
  lastVersion += 1;
  const resourceVersion = String(lastVersion);
  lists.set(resourceVersion, { asked: askedBy(url), objects: new Map(list.items.map((item) => [item.metadata.uid, item])) });
  for (const old of lists.keys()) if (lists.size > MOST_LISTS) lists.delete(old);
  return { ...list, metadata: { ...list.metadata, resourceVersion } };
}

/** Sends what changes in a list, until the client leaves: since the version that it names, or all of it first. */
function watch(response: ServerResponse, url: URL): void {
  const objects = () => {
    const { items } = answer(workloads.now(), ephemerals, url.pathname, url.searchParams).body as {
      readonly items: readonly Watched[];
    };
    return new Map(items.map((item) => [item.metadata.uid, item]));
  };
  const known = lists.get(url.searchParams.get("resourceVersion") ?? "");
  let before: ReadonlyMap<string, Watched> = known?.asked === askedBy(url) ? known.objects : new Map();
  const look = () => {
    const now = objects();
    const tell = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
    for (const [uid, object] of now) {
      const old = before.get(uid);
      if (JSON.stringify(old) !== JSON.stringify(object)) tell(old ? "MODIFIED" : "ADDED", object);
    }
    for (const [uid, object] of before) if (!now.has(uid)) tell("DELETED", object);
    before = now;
  };
  response.flushHeaders();
  look();
  watchers.add(look);
  response.on("close", () => watchers.delete(look));
}

interface Watched {
  readonly metadata: { readonly uid: string };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Carries out `PATCH .../deployments/NAME/scale`, or `PATCH .../pods/NAME/ephemeralcontainers`. */
async function changed(request: IncomingMessage, path: string, ask: () => Answer): Promise<Answer> {
  if (path.endsWith("/ephemeralcontainers")) return patched(workloads.now(), ephemerals, path, await bodyOf(request));
  const found = ask();
  if (found.code !== 200) return found;
  const [, kind, name] = /\/(deployments|statefulsets)\/([^/]+)\/scale$/.exec(path) ?? [];
  const { spec } = JSON.parse(await bodyOf(request)) as { readonly spec: { readonly replicas?: number } };
  workloads.scale(kind as "deployments", name ?? "", spec.replicas ?? 0);
  return ask();
}

const server = createServer(async (request, response) => {
  const url = note(request);
  const ask = () => answer(workloads.now(), ephemerals, url.pathname, url.searchParams);
  const changes = request.method === "PATCH" || request.method === "PUT";
  const { code, body } = changes ? await changed(request, url.pathname, ask) : ask();
  response.writeHead(code, { "content-type": "application/json" });
  if (code === 200 && url.searchParams.has("watch")) watch(response, url);
  else response.end(JSON.stringify(code === 200 ? versioned(body, url) : body));
});
server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  socket.on("error", () => {}); // a client that left
  const url = note(request);
  const target = execTarget(workloads.now(), ephemerals, request.method ?? "", url.pathname, url.searchParams);
  if ("code" in target) return refuse(socket, target);
  if (request.headers.upgrade?.toLowerCase() !== "websocket")
    return refuse(socket, failure(400, "BadRequest", "This API speaks WebSocket only: kubectl 1.31 or later is needed"));
  const argv = [...target, ...url.searchParams.getAll("command")];
  acceptWebSocket(request, socket, head, PROTOCOL, (open) => run(open, argv, url.searchParams));
});

await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
const port = typeof address === "object" ? address?.port : undefined;
const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  workloads.set(JSON.parse(line) as Cluster);
  process.stdout.write(`ready ${port}\n`);
});
input.on("close", () => process.exit(0));
