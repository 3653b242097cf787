// Connections that wait while their targets are dialled: each is made when its target answers, and refused as its target refuses.

import { asNoRouterError, type ErrorCode } from "../../core/mod.ts";
import { heldStream } from "../support/held_stream.ts";
import type { Spliceable } from "../support/splice.ts";
import type { HeldConnection, HeldRefusal } from "./doorway.ts";
import type { Entering } from "./entering.ts";

/** How long a connection that was let go may take to arrive, in milliseconds; a program may have given it up. */
const ARRIVE_MS = 5000;

/** What a program is told of an error; what is missing is told as a host that cannot be reached. */
const REFUSALS: Readonly<Partial<Record<ErrorCode, HeldRefusal>>> = {
  refused: "reset",
  reset: "reset",
  "not-published": "reset",
  denied: "denied",
  "route-refused": "denied",
  "outside-refused": "denied",
};

/** A stream whose target answered, for a connection that is about to arrive; undefined once the target is gone again. */
interface Promised {
  stream: Spliceable | undefined;
  readonly late: ReturnType<typeof setTimeout>;
}

/** The two ends of a connection. */
export type Ends = Pick<HeldConnection, "from" | "fromPort" | "to" | "toPort">;

/** The connections of one program that wait, and streams for those that were let go. */
export class HeldConnections {
  readonly #entering: Entering;
  readonly #dialled = new Set<string>();
  readonly #promised = new Map<string, Promised>();

  constructor(entering: Entering) {
    this.#entering = entering;
  }

  /** Dials for a connection, and decides about it. */
  async decide(connection: HeldConnection): Promise<void> {
    const key = keyOf(connection);
    // Its system asks again, and has its answer soon.
    if (this.#dialled.has(key) || this.#promised.has(key)) return connection.wait();
    this.#dialled.add(key);
    try {
      const stream = await this.#entering(connection.to, connection.toPort);
      const held = heldStream(
        stream,
        (why) => (this.#dialled.has(key) ? this.#refuse(connection, why) : this.#lose(key)),
        () => this.#promise(connection, held),
      );
    } catch (thrown) {
      this.#refuse(connection, thrown);
    }
  }

  /** The stream for a connection that arrived: undefined where it was not held, `gone` where its target left meanwhile. */
  take(ends: Ends): Spliceable | "gone" | undefined {
    const key = keyOf(ends);
    const promised = this.#promised.get(key);
    this.#forget(key);
    return promised && (promised.stream ?? "gone");
  }

  /** Ends the streams of connections that have not arrived. */
  stop(): void {
    for (const [key, { stream }] of this.#promised) {
      this.#forget(key);
      stream?.reset("reset");
    }
  }

  #promise(connection: HeldConnection, stream: Spliceable): void {
    const key = keyOf(connection);
    this.#dialled.delete(key);
    const late = setTimeout(() => {
      this.#forget(key);
      stream.reset("reset");
    }, ARRIVE_MS);
    this.#promised.set(key, { stream, late });
    connection.go();
  }

  #refuse(connection: HeldConnection, thrown: unknown): void {
    this.#dialled.delete(keyOf(connection));
    const { code } = asNoRouterError(thrown);
    if (code === "too-many-streams") connection.wait();
    else connection.refuse(REFUSALS[code] ?? "host");
  }

  #lose(key: string): void {
    const promised = this.#promised.get(key);
    if (promised) promised.stream = undefined;
  }

  #forget(key: string): void {
    clearTimeout(this.#promised.get(key)?.late);
    this.#promised.delete(key);
  }
}

function keyOf({ from, fromPort, to, toPort }: Ends): string {
  return `${from}|${fromPort}|${to}|${toPort}`;
}
