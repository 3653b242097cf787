// Dials a target for a stream that another host opened, and joins the two. Must not decide whether it may.

import type { Socket } from "node:net";
import {
  ERRORS,
  type ErrorCode,
  type HostContext,
  type HostId,
  messageOf,
  NoRouterError,
  type Place,
  type Stream,
  showPlace,
} from "../../core/mod.ts";
import { connectTo, connectToSocket } from "./connect.ts";
import { guarded, refusedBy } from "./guarded.ts";
import { heldStream } from "./held_stream.ts";
import type { Asker, LookedUp } from "./look_up.ts";
import { dialErrorCode, localFailure } from "./net_errors.ts";
import { expandSocketPath } from "./place.ts";
import { splice } from "./splice.ts";

/** What is dialled: a name is resolved as this host's programs do, a path may begin with `~` or have variables. */
export type DialTarget = Place & DialOptions;

interface DialOptions {
  /** On whose behalf a name is looked up. */
  readonly asker: Asker;
  /** Which addresses of a name may be dialled; what it throws is why none is. */
  readonly choose?: (found: readonly LookedUp[]) => readonly LookedUp[];
  /** What to say when the name cannot be resolved; by default who the target is. */
  readonly unresolved?: string;
}

/** Targets that are being dialled. */
export interface Dialler {
  /** Dials, then accepts or resets the stream. */
  dial(stream: Stream, target: DialTarget): void;
  /** Gives up what is not connected yet. */
  stop(): void;
}

/** A dialler of one egress. */
export function dialler({ limits, report, guard }: Pick<HostContext, "guard" | "limits" | "report">): Dialler {
  /** What gives up each dial that is under way. */
  const dialling = new Set<AbortController>();
  const crowded = (from: HostId, open: number) => report({ type: "host.crowded", from, open, code: "too-many-names" });

  async function connectionTo(target: DialTarget, signal: AbortSignal): Promise<Socket> {
    if (!("path" in target)) return connectTo({ ...guarded(guard, target), limits, signal, crowded });
    const path = onThisHost(target.path);
    if (guard && !guard.mayReach({ path })) throw refusedBy(guard, target, path);
    return connectToSocket(path, { limits, signal });
  }

  return {
    dial(stream, target) {
      const gone = new AbortController();
      dialling.add(gone);
      const held = heldStream(stream, () => gone.abort());
      void connectionTo(target, gone.signal).then(
        (socket) => {
          dialling.delete(gone);
          if (stream.closed) return void socket.destroy();
          stream.accept();
          splice(socket, held);
        },
        (thrown: unknown) => {
          dialling.delete(gone);
          const known = thrown instanceof NoRouterError ? thrown : undefined;
          const code = known?.code ?? dialErrorCode(thrown);
          const isPlain = known === undefined || known.message === ERRORS[code].meaning;
          stream.reset(code, isPlain ? describe(code, target, thrown) : known.message);
        },
      );
    },
    stop() {
      for (const gone of dialling) gone.abort();
    },
  };
}

/** @throws NoRouterError `unreachable` for a path that stands for none here */
function onThisHost(path: string): string {
  try {
    return expandSocketPath(path);
  } catch (thrown) {
    throw new NoRouterError("unreachable", messageOf(thrown), { cause: thrown });
  }
}

function describe(code: ErrorCode, target: DialTarget, thrown: unknown): string {
  const { unresolved } = target;
  if (code === "name-not-found" && unresolved !== undefined) return unresolved;
  const own = localFailure(thrown);
  if (own) return `Target ${showPlace(target)} cannot be dialled: ${own}`;
  const what: Partial<Record<ErrorCode, string>> = {
    refused: "refused the connection",
    "timed-out": "did not answer in time",
    "name-not-found": "cannot be resolved",
    denied: "may not be connected to",
    reset: "reset the connection",
  };
  return `Target ${showPlace(target)} ${what[code] ?? "cannot be reached"}`;
}
