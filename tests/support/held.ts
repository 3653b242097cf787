// Connections that a probe keeps: open and silent, to see how they end; or stalled, to see what their sender does.
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { dial } from "./clients.ts";
import { codeOfEnd, nextText } from "./probing.ts";
import type { Address, Received } from "./servers.ts";

/** How a kept connection ended. */
export interface HeldEnd {
  readonly code: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Stalled {
  readonly socket: Socket;
  readonly hash: ReturnType<typeof createHash>;
  bytes: number;
}

function reading({ ...to }: Address, first: number): Promise<Stalled> {
  return dial(to).then(
    (socket) =>
      new Promise((resolve, reject) => {
        const one: Stalled = { socket, hash: createHash("sha256"), bytes: 0 };
        socket.once("error", reject);
        socket.on("data", (chunk: Uint8Array) => {
          one.hash.update(chunk);
          one.bytes += chunk.length;
          if (first > 0 && one.bytes >= first) {
            first = 0;
            socket.pause();
            resolve(one);
          }
        });
        if (first === 0) {
          socket.pause();
          resolve(one);
        }
      }),
  );
}

async function readOut(one: Stalled): Promise<Received> {
  const code = codeOfEnd(one.socket);
  one.socket.resume();
  if ((await code) !== "FIN") throw new Error(`Ended by ${await code} after ${one.bytes} bytes`);
  one.socket.destroy();
  return { bytes: one.bytes, sha256: one.hash.digest("hex") };
}

/** The actions around kept connections. */
export function held() {
  const sockets: Socket[] = [];
  const ends: HeldEnd[] = [];
  let stalled: Stalled[] = [];
  return {
    /** Opens connections to an echo server, each of which has answered once. */
    hold: async (to: Address, count: number): Promise<void> => {
      const opened = await Promise.all(Array.from({ length: count }, () => dial(to)));
      const answers = opened.map(nextText);
      for (const socket of opened) {
        socket.write("held");
        void codeOfEnd(socket).then((code) => ends.push({ code, at: Date.now() }));
      }
      await Promise.all(answers);
      sockets.push(...opened);
    },
    heldEnds: async (): Promise<readonly HeldEnd[]> => ends,
    /** Opens connections, reads `first` bytes of each and then no more. */
    stall: async (to: Address, count: number, first: number): Promise<void> => {
      stalled.push(...(await Promise.all(Array.from({ length: count }, () => reading(to, first)))));
    },
    /** Bytes that the stalled connections have read. */
    stalledBytes: async () => stalled.reduce((sum, { bytes }) => sum + bytes, 0),
    /** Reads the stalled connections to their end. */
    readStalled: async (): Promise<readonly Received[]> => {
      const all = stalled;
      stalled = [];
      return Promise.all(all.map(readOut));
    },
    dropStalled: async (): Promise<void> => {
      for (const { socket } of stalled) socket.resetAndDestroy();
      stalled = [];
    },
  };
}
