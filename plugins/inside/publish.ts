// Publishes what a program inside listens on: looks at the sockets of its network, and says what is new.

import type { FoundPort, HostContext } from "../../core/mod.ts";
import type { Doorway } from "./doorway.ts";

/** How often it is looked, in milliseconds: a port is published within twice as long. */
const LOOK_MS = 100;
/** Ports that are published at once, as the wire has it. */
const MOST_PORTS = 256;

/** Follows what a program listens on. */
export interface Publisher {
  /** Begins, goes on, or ends. Ports that are declared are published already. */
  follow(isWanted: boolean, declared?: readonly number[]): void;
}

/** Makes the publisher of one program. */
export function publisher(context: Pick<HostContext, "publish">, doorway: Pick<Doorway, "listening">): Publisher {
  let timer: ReturnType<typeof setInterval> | undefined;
  let told = "";
  let others: ReadonlySet<number> = new Set();

  function look(): void {
    const undeclared = doorway.listening().filter(({ listen }) => !others.has(listen));
    const found = undeclared.sort((one, other) => one.listen - other.listen).slice(0, MOST_PORTS);
    const text = found.map(showPort).join(" ");
    if (text === told) return;
    told = text;
    context.publish(found);
  }

  return {
    follow(isWanted, declared = []) {
      others = new Set(declared);
      if (isWanted === (timer !== undefined)) return;
      clearInterval(timer);
      // What was published is forgotten when nothing may be.
      told = "";
      timer = isWanted ? setInterval(look, LOOK_MS) : undefined;
    },
  };
}

function showPort({ listen, target }: FoundPort): string {
  return `${listen} ${target.host}`;
}
