// Dials a target for a stream that another host opened, and joins the two. Must not decide whether it may.

import {
  ERRORS,
  type ErrorCode,
  type HostContext,
  type HostId,
  NoRouterError,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { connectTo } from "./connect.ts";
import { heldStream } from "./held_stream.ts";
import type { Asker, LookedUp } from "./look_up.ts";
import { dialErrorCode, localFailure } from "./net_errors.ts";
import { splice } from "./splice.ts";

/** What is dialled. */
export interface DialTarget {
  /** An address or a name, which is resolved as this host's programs do. */
  readonly host: string;
  readonly port: number;
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
export function dialler({ limits, report }: Pick<HostContext, "limits" | "report">): Dialler {
  /** What gives up each dial that is under way. */
  const dialling = new Set<AbortController>();

  return {
    dial(stream, target) {
      const gone = new AbortController();
      dialling.add(gone);
      const held = heldStream(stream, () => gone.abort());
      const { host, port, choose, asker } = target;
      const crowded = (from: HostId, open: number) => report({ type: "host.crowded", from, open, code: "too-many-names" });
      void connectTo({ host, port, choose, limits, signal: gone.signal, asker, crowded }).then(
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

function describe(code: ErrorCode, { host, port, unresolved }: DialTarget, thrown: unknown): string {
  if (code === "name-not-found" && unresolved !== undefined) return unresolved;
  const own = localFailure(thrown);
  if (own) return `Target ${showDestination({ host, port })} cannot be dialled: ${own}`;
  const what: Partial<Record<ErrorCode, string>> = {
    refused: "refused the connection",
    "timed-out": "did not answer in time",
    "name-not-found": "cannot be resolved",
    denied: "may not be connected to",
    reset: "reset the connection",
  };
  return `Target ${showDestination({ host, port })} ${what[code] ?? "cannot be reached"}`;
}
