// What a probe can do: one JSON request a line on standard input, one JSON answer a line on standard output.
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { download, exchange, httpGet, upload } from "./clients.ts";
import { held } from "./held.ts";
import { askAgainAndAgain, echoAllAtOnce, endOf, resetAfterEcho, smallWrites } from "./probing.ts";
import {
  type Listen,
  startEcho,
  startEndless,
  startHalfClose,
  startResetting,
  startSink,
  startSource,
  startWitness,
  type TestServer,
} from "./servers.ts";
import { echoInARow, echoTogether } from "./socks_client.ts";

const servers = new Map<number, TestServer>();

async function serving(starting: Promise<TestServer>): Promise<number> {
  const server = await starting;
  servers.set(server.port, server);
  return server.port;
}

const actions = {
  download,
  exchange,
  httpGet,
  upload,
  endOf,
  echoAllAtOnce,
  resetAfterEcho,
  smallWrites,
  echoInARow,
  echoTogether,
  ...askAgainAndAgain(),
  ...held(),
  serveEcho: (listen?: Listen) => serving(startEcho(listen)),
  serveSink: (listen?: Listen) => serving(startSink(listen)),
  serveSource: (seed: number, total: number, listen?: Listen) => serving(startSource(seed, total, listen)),
  serveHalfClose: (listen?: Listen) => serving(startHalfClose(listen)),
  serveResetting: (listen?: Listen) => serving(startResetting(listen)),
  serveEndless: (listen?: Listen) => serving(startEndless(listen)),
  serveWitness: (listen?: Listen) => serving(startWitness(listen)),
  /** What a server of this probe has seen. */
  seenBy: async (port: number) => {
    const server = servers.get(port);
    return { accepted: server?.accepted() ?? 0, open: server?.open() ?? 0, notes: server?.notes() ?? [] };
  },
};

/** The actions by name. */
export type Actions = typeof actions;

async function answer(line: string): Promise<void> {
  const { id, action, args } = JSON.parse(line) as { id: number; action: keyof Actions; args: never[] };
  try {
    const perform = actions[action] as (...args: never[]) => Promise<unknown>;
    const value = await perform(...args);
    process.stdout.write(`${JSON.stringify({ id, value })}\n`);
  } catch (thrown) {
    process.stdout.write(
      `${JSON.stringify({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })}\n`,
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  createInterface({ input: process.stdin })
    .on("line", (line) => void answer(line))
    .on("close", () => process.exit(0));
}
