// Clients of a probe that look closely: how a connection ends and when, many at once, over and over.
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { pseudoRandomBytes } from "../../conformance/support/pseudo_random.ts";
import { dial } from "./clients.ts";
import type { Address, Received } from "./servers.ts";

/** How a connection ended. */
export interface End {
  /** The system's code such as ECONNRESET, or FIN. */
  readonly code: string;
  /** From the call of connect to the end. */
  readonly ms: number;
  /** Bytes that came before. */
  readonly bytes: number;
}

/** The code of a socket's end; never rejects. */
export function codeOfEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("end", () => resolve("FIN"));
    socket.once("close", () => resolve("closed"));
  });
}

/** Connects, sends `text` and waits for the end. */
export async function endOf(to: Address, text = ""): Promise<End> {
  const begin = performance.now();
  const socket = connect({ ...to, allowHalfOpen: true, noDelay: true });
  let bytes = 0;
  socket.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
  });
  if (text !== "") socket.write(text);
  const code = await codeOfEnd(socket);
  const ms = performance.now() - begin;
  socket.destroy();
  return { code, ms, bytes };
}

/** The next chunk that comes, as text. */
export function nextText(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("data", (chunk: Uint8Array) => resolve(Buffer.from(chunk).toString()));
    socket.once("error", reject);
    socket.once("end", () => reject(new Error("FIN instead of an answer")));
  });
}

/** Opens `count` connections to an echo server, holds all of them open, and returns how many answered their own number. */
export async function echoAllAtOnce(to: Address, count: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: count }, () => dial(to)));
  const answers = await Promise.all(
    sockets.map((socket, index) => {
      const answer = nextText(socket);
      socket.write(`number ${index}`);
      return answer;
    }),
  );
  const right = answers.filter((answer, index) => answer === `number ${index}`).length;
  for (const socket of sockets) socket.destroy();
  return right;
}

/** Talks once to an echo server, then resets the connection. */
export async function resetAfterEcho(to: Address): Promise<void> {
  const socket = await dial(to);
  const answer = nextText(socket);
  socket.write("hello");
  await answer;
  socket.resetAndDestroy();
}

/** Writes `count` pieces of 1 to 8 bytes, each by its own call, and returns what was sent and what the sink says it got. */
export async function smallWrites(to: Address, seed: number, count: number): Promise<{ sent: Received; got: Received }> {
  const socket = await dial(to);
  const pool = Buffer.from(pseudoRandomBytes(seed, 64 * 1024));
  const hash = createHash("sha256");
  let bytes = 0;
  let written = 0;
  const pump = () => {
    for (let more = true; more && written < count; written++) {
      const at = (written * 7) % (pool.length - 8);
      const piece = pool.subarray(at, at + 1 + (written % 8));
      hash.update(piece);
      bytes += piece.length;
      more = socket.write(piece);
    }
    if (written === count) socket.off("drain", pump).end();
  };
  socket.on("drain", pump);
  const answer = nextText(socket);
  pump();
  const [gotBytes, sha256 = ""] = (await answer).trim().split(" ");
  socket.destroy();
  return { sent: { bytes, sha256: hash.digest("hex") }, got: { bytes: Number(gotBytes), sha256 } };
}

/** What happened while the requests went on. */
export interface Asked {
  readonly answered: number;
  readonly failures: readonly string[];
}

/** Two actions: ask an echo server over and over with a new connection each time, and stop doing so. */
export function askAgainAndAgain() {
  let asking = false;
  let answered = 0;
  let failures: string[] = [];
  let done = Promise.resolve();

  async function once(to: Address): Promise<void> {
    const socket = await dial(to);
    const answer = nextText(socket);
    socket.write("again");
    if ((await answer) !== "again") throw new Error("Wrong answer");
    answered++;
    socket.destroy();
  }

  async function loop(to: Address): Promise<void> {
    while (asking) await once(to).catch((thrown: unknown) => void failures.push(`${to.host}: ${String(thrown)}`));
  }

  return {
    startAsking: async (targets: readonly Address[]) => {
      asking = true;
      answered = 0;
      failures = [];
      done = Promise.all(targets.map(loop)).then(() => undefined);
    },
    answered: async () => answered,
    stopAsking: async (): Promise<Asked> => {
      asking = false;
      await done;
      return { answered, failures };
    },
  };
}
