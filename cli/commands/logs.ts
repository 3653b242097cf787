// `norouter logs`: what a running network did, as `run` shows it, and goes on doing.

import { safeJson } from "../../core/manifest/mod.ts";
import { events, networkNamed, request } from "../../plugins/api/client.ts";
import type { Io } from "../load/io.ts";
import { sinceOf } from "../load/journals.ts";
import { type AskingArgs, orRefused } from "../load/networks.ts";
import { isShown, type KnownHost, type LoggedEvent, logPrinter, type Since } from "./log_lines.ts";

/** What `logs` is asked for. */
export interface LogsArgs extends AskingArgs {
  /** Goes on until the network ends. */
  readonly follow: boolean;
  /** Number of an event, those above it; or a time. */
  readonly since: string | undefined;
}

/** Events that come within so many milliseconds may belong together. */
const TOGETHER_MS = 20;

/**
 * Prints the events and returns the exit code.
 * @throws NoRouterError as `askNetwork`; `no-network` when a network that is followed is gone without its last event
 */
export async function logs(args: LogsArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  return orRefused(args.json, io, async () => {
    const since: Since = args.since === undefined ? { seq: 0 } : sinceOf(args.since, Date.now());
    const { path } = await networkNamed(args.name);
    await (args.json ? printJson : printLines)(path, since, args.follow, io);
    return 0;
  });
}

async function printJson(path: string, since: Since, follow: boolean, io: Pick<Io, "stdout">): Promise<void> {
  for await (const event of allEvents(path, "seq" in since ? since.seq : 0, follow)) {
    if (isShown(event, since)) io.stdout(`${safeJson(event)}\n`);
  }
}

/** Reads all events, whichever are shown: what one of them means depends on those before. */
async function printLines(path: string, since: Since, follow: boolean, io: Pick<Io, "stdout">): Promise<void> {
  const { body } = await request(path, { method: "GET", path: "/v1/hosts" });
  const { hosts } = body as { readonly hosts: readonly KnownHost[] };
  const printer = logPrinter({ hosts, since, now: Date.now(), print: (line) => io.stdout(`${line}\n`) });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const event of allEvents(path, 0, follow)) {
      clearTimeout(timer);
      printer.take(event);
      timer = setTimeout(() => printer.flush(), TOGETHER_MS);
    }
  } finally {
    clearTimeout(timer);
    printer.flush();
  }
}

/** The events above a number; a stream that was cut is asked for again until the network has ended. */
async function* allEvents(path: string, since: number, follow: boolean): AsyncGenerator<LoggedEvent> {
  let last = since;
  let isOver = false;
  do {
    for await (const value of events(path, { since: last, follow })) {
      const event = value as LoggedEvent;
      last = event.type === "events.skipped" ? event.to : event.seq;
      // An earlier run of the network may have ended; this one has not.
      if (event.type === "network.opened") isOver = false;
      isOver ||= event.type === "network.stopped";
      yield event;
    }
  } while (follow && !isOver);
}
