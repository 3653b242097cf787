// A web server of the runtime's own, in another process.

import { waitFor } from "../../conformance/support/wait.ts";
import { readOutput, startChild } from "./child.ts";
import { PROJECT, runtimeArgv } from "./cli.ts";
import type { Address } from "./servers.ts";

/**
 * What it answers. `pages`: `GET /SEED/BYTES` gives pseudo-random bytes, `PUT` the size and the SHA-256 of what it got. `mirror`: JSON of
 * what it got, see {@link mirrored}. `hints`: the same behind early hints. `parts`: `one` and `two` behind early hints.
 */
export type Behaviour = "pages" | "mirror" | "hints" | "parts";

/** A listening origin. */
export interface HttpOrigin extends Address {
  /** Connections that are open now, or were a moment ago. */
  open(): number;
  stop(): Promise<void>;
}

/** Starts an origin on 127.0.0.1. */
export async function startHttpOrigin(behaviour: Behaviour = "pages", host = "127.0.0.1"): Promise<HttpOrigin> {
  const child = await startChild([...runtimeArgv(), `${PROJECT}/tests/support/http_origin_main.ts`, behaviour, host]);
  const output = readOutput(child);
  const last = (word: string) => [...output().matchAll(new RegExp(`^${word} (\\d+)$`, "gm"))].at(-1)?.[1];
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  await waitFor(() => ended || last("port") !== undefined, { what: "the origin to listen", everyMs: 2 });
  const port = last("port");
  if (port === undefined) throw new Error(`The origin did not start: ${child.stderr()}`);
  return { host, port: Number(port), open: () => Number(last("open") ?? 0), stop: () => child.stop() };
}

/** What a mirror got. */
export interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly rawTrailers: string[];
  readonly body: string;
}

/** What is in the answer of a mirror. */
export function mirrored(answer: string): Mirrored {
  return JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) as Mirrored;
}
