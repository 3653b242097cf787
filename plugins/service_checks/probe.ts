// One check of a target: a connection, a request by HTTP, or a command. Never rejects.

import type { Socket } from "node:net";
import { type HealthCheck, type HostContext, messageOf, NoRouterError, type Place, showPlace } from "../../core/mod.ts";
import { connectGuarded } from "../support/guarded.ts";
import { runCommand } from "../support/run_command.ts";

/** What a check found. */
export interface Finding {
  readonly good: boolean;
  /** For people: one clause. */
  readonly message: string;
}

/** Where the published port leads. */
export type Target = Place;

/** How long to try. */
export interface Patience {
  readonly limits: HostContext["limits"];
  readonly signal: AbortSignal;
  /** What the owner of the machine lets be reached. */
  readonly guard: HostContext["guard"];
}

/** The longest status line that is read. */
const MOST_BYTES = 1024;
/** What the line begins with; RFC 9112 section 4. */
const STATUS = /^HTTP\/1\.[01] ([1-5][0-9][0-9])[ \r\n]/;

/** Checks once. */
export async function probe(check: HealthCheck, target: Target | undefined, patience: Patience): Promise<Finding> {
  try {
    if (check.command !== undefined && patience.guard && !patience.guard.mayRun(check.command))
      return bad("Command is not allowed there: 'norouter serve' has no '--allow run' for it");
    if (check.command !== undefined) return await runs(check.command, patience, check.timeoutMs);
    if (!target) return bad(`Port ${check.port} is not published`);
    const socket = await connectGuarded(target, { ...patience, asker: "published" });
    if (check.path !== undefined) return await asked(socket, check.path, target, patience.signal);
    socket.destroy();
    return { good: true, message: `${showPlace(target)} takes connections` };
  } catch (thrown) {
    return bad(thrown instanceof NoRouterError || !target ? messageOf(thrown) : `${showPlace(target)}: ${messageOf(thrown)}`);
  }
}

function bad(message: string): Finding {
  return { good: false, message };
}

/** Asks for a path: an answer of 200 to 399 is good. */
function asked(socket: Socket, path: string, target: Target, signal: AbortSignal): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const leave = () => void socket.destroy();
  signal.addEventListener("abort", leave);
  let line = "";
  socket.on("data", (chunk: Uint8Array) => {
    for (const byte of chunk.subarray(0, MOST_BYTES - line.length)) line += String.fromCharCode(byte);
    const [, status] = STATUS.exec(line) ?? [];
    if (status === undefined && line.length < MOST_BYTES && !line.includes("\n")) return;
    const code = Number(status);
    resolve(status === undefined ? bad("Answer is not HTTP") : { good: code >= 200 && code < 400, message: `HTTP ${status}` });
    socket.destroy();
  });
  socket.once("error", (error) => resolve(bad(messageOf(error))));
  socket.once("close", () => {
    signal.removeEventListener("abort", leave);
    resolve(bad("Connection was closed without an answer"));
  });
  const host = "path" in target ? "localhost" : showPlace(target);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: norouter\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
  socket.resume();
  return promise;
}

async function runs(command: string, { signal }: Patience, timeoutMs: number): Promise<Finding> {
  const code = await runCommand(command, { timeoutMs, signal });
  return { good: code === 0, message: code === undefined ? "Command was ended" : `Exit status ${code}` };
}
