// Reaches an agent that listens on a Unix socket of the manager's machine: that of a program inside, which began before the manager was
// told of it. The socket may appear a moment later.

import { connect, type Socket } from "node:net";
import { settingOf } from "../../core/manifest/keys/mod.ts";
import { lendingReads, NoRouterError, PLUGIN_API, type Plugin, type TransportRequest } from "../../core/mod.ts";
import { socketCarrier } from "../support/socket_carrier.ts";

const NAME = "agent-socket";
const KEY = "agentSocket";
const DESCRIPTION = "Path of a Unix socket on this machine on which an agent listens.";
/** How often a socket that is not there yet is looked for, in milliseconds. */
const AGAIN_MS = 5;
/** Errors of a socket that is not there yet. */
const NOT_YET: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED"]);
const NONE = new Uint8Array(0);

/** Claims hosts with `agentSocket`. */
export const agentSocketTransport: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup(context) {
    context.hostKey({
      name: KEY,
      description: DESCRIPTION,
      schema: settingOf({ description: DESCRIPTION, pattern: /\/[^\0]+/, wanted: "a path that begins with '/'" }),
      way: true,
    });
    context.transport({
      name: NAME,
      key: KEY,
      claims: (settings) => settings[KEY] !== undefined,
      describe: (settings) => `socket ${settings[KEY]}`,
      async open(request) {
        const path = String(request.settings[KEY]);
        const socket = lendingReads(await connected(path, request));
        return socketCarrier({ socket, early: NONE }, { limits: request.limits, broken: (error) => lost(path, error) });
      },
    });
  },
};

/** Bytes of a path that a Unix socket may have (unix(7)). */
const LONGEST_PATH = 107;

/** @throws NoRouterError `host-unreachable` for a path that is too long, and when nobody listens within `limits.helloMs`, or the manager stops */
async function connected(path: string, { limits, signal }: TransportRequest): Promise<Socket> {
  // An older Node would cut it.
  if (Buffer.byteLength(path) > LONGEST_PATH) throw lost(path, new Error("its path is too long"));
  const until = performance.now() + limits.helloMs;
  for (;;) {
    const outcome = await tried(path);
    if (!(outcome instanceof Error)) return outcome;
    const isOver = signal.aborted || performance.now() > until;
    if (isOver || !NOT_YET.has((outcome as NodeJS.ErrnoException).code ?? "")) throw lost(path, outcome);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function tried(path: string): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once("error", resolve);
    socket.once("connect", () => {
      socket.off("error", resolve).pause();
      resolve(socket);
    });
  });
}

function lost(path: string, error: Error): NoRouterError {
  const code = (error as NodeJS.ErrnoException).code ?? error.message;
  return new NoRouterError("host-unreachable", `Agent at the socket "${path}" cannot be reached: ${code}`, { cause: error });
}
