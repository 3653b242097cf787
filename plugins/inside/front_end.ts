// Where a program inside enters the network: whatever address it connects to, here is where it arrives. A connection is made when its
// target answers, if the program's system can hold it so long; else it is made first, and reset where the target refuses.

import type { Socket } from "node:net";
import type { FrontEnd, HostContext } from "../../core/mod.ts";
import { type Listener, listenOn } from "../support/listen.ts";
import { resetSocket } from "../support/reset.ts";
import { splice } from "../support/splice.ts";
import type { Doorway, InsideParts } from "./doorway.ts";
import { type Entering, entering } from "./entering.ts";
import { HeldConnections } from "./held.ts";
import { type Publisher, publisher } from "./publish.ts";
import type { InsideSettings } from "./settings.ts";

const NAME = "inside";

/** The front-end of a program inside. */
export function insideFrontEnd(context: HostContext, parts: InsideParts): FrontEnd {
  return new InsideFrontEnd(context, parts);
}

class InsideFrontEnd implements FrontEnd {
  readonly name = NAME;
  readonly #context: HostContext;
  readonly #doorway: Doorway;
  readonly #enter: Entering;
  readonly #held: HeldConnections;
  readonly #published: Publisher;
  #listeners: readonly Pick<Listener, "close">[] | undefined;

  constructor(context: HostContext, { doorway, standIns }: InsideParts) {
    this.#context = context;
    this.#doorway = doorway;
    this.#enter = entering(context, standIns);
    this.#held = new HeldConnections(this.#enter);
    this.#published = publisher(context, doorway);
  }

  async reconcile(): Promise<void> {
    this.#listeners ??= this.#begin();
    const self = this.#context.self();
    const others = [...this.#context.network().hosts.values()].filter(({ id }) => id !== self.id);
    this.#doorway.vips(others.map(({ vip }) => vip));
    if (self.phase !== "ready") return;
    const declared = self.ports.filter(({ found }) => !found).map(({ listen }) => listen);
    this.#published.follow(this.#context.settings<InsideSettings>(NAME)?.publish === "auto", declared);
    this.#doorway.ready();
  }

  async stop(): Promise<void> {
    this.#published.follow(false);
    for (const listener of this.#listeners ?? []) listener.close();
    this.#held.stop();
  }

  #begin(): readonly Pick<Listener, "close">[] {
    this.#doorway.held?.((connection) => void this.#held.decide(connection));
    return this.#doorway.diverted.map((fd) => listenOn(fd, (socket) => this.#arrived(socket)));
  }

  #arrived(socket: Socket): void {
    socket.on("error", () => undefined);
    const { remoteAddress: from = "", remotePort: fromPort = 0, localAddress: to = "", localPort: toPort = 0 } = socket;
    const stream = this.#held.take({ from, fromPort, to, toPort });
    if (stream === "gone") resetSocket(socket);
    else if (stream) splice(socket, stream);
    else void this.#connected(socket, to, toPort);
  }

  /** A connection that nothing held. */
  async #connected(socket: Socket, to: string, port: number): Promise<void> {
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    try {
      const stream = await this.#enter(to, port, gone.signal);
      if (socket.destroyed) stream.reset("reset");
      else splice(socket, stream, { refused: () => resetSocket(socket) });
    } catch {
      resetSocket(socket);
    }
  }
}
