// The agents of the peers that are connected: one for each manager and host, bounded, each with what its peer may do.

import {
  type AgentInfo,
  type CodeLoader,
  createAgent,
  type Guard,
  type Member,
  NoRouterError,
  type PluginOnHost,
  showPlace,
} from "../../../core/mod.ts";
import { socketCarrier } from "../../support/socket_carrier.ts";
import { MOST_AGENTS, MOST_AGENTS_OF_PEER } from "../limits.ts";
import { lostConnection, takeOver } from "../take_over.ts";
import { type Permissions, RIGHTS, type Right } from "./allow.ts";
import { clean, type Log, type Refusals } from "./log.ts";
import { allowedParts } from "./parts.ts";
import { type Asked, answer } from "./visitor.ts";

/** What agents are made of. */
export interface AgentMakings {
  readonly agent: AgentInfo;
  readonly parts: readonly PluginOnHost[];
  /** For peers that may bring code. */
  readonly codeLoader: CodeLoader;
  /** Bytes of memory that this machine has to spare; undefined: nobody counts them. */
  readonly room: () => number | undefined;
  readonly stopMs: number;
  readonly debug: (line: string) => void;
}

interface Running {
  readonly peer: string;
  readonly ended: Promise<void>;
  stop(): void;
}

/** All agents of this process. */
export class Agents {
  readonly #makings: AgentMakings;
  readonly #log: Log;
  readonly #refusals: Refusals;
  /** By peer and session. */
  readonly #running = new Map<string, Running>();
  #isStopped = false;

  constructor(makings: AgentMakings, log: Log, refusals: Refusals) {
    this.#makings = makings;
    this.#log = log;
    this.#refusals = refusals;
  }

  /**
   * Serves a manager on its connection; one that was left of it is ended first.
   * @throws NoRouterError `too-many-connections`
   */
  async serve(asked: Asked & { readonly session: string }, permissions: Permissions, from: string): Promise<void> {
    const { peer, socket, session, early } = asked;
    const key = JSON.stringify([peer.name, session]);
    const before = this.#running.get(key);
    if (before) {
      before.stop();
      await before.ended;
    }
    if (this.#isStopped) throw new NoRouterError("link-closed", "'norouter serve' stops");
    const ofPeer = [...this.#running.values()].filter((one) => one.peer === peer.name).length;
    if (ofPeer >= MOST_AGENTS_OF_PEER || this.#running.size >= MOST_AGENTS || this.#running.has(key))
      throw new NoRouterError("too-many-connections", `'norouter serve' runs ${ofPeer} agents for "${peer.name}" already`);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { peer: peer.name, ended, stop: () => void socket.destroy() };
    this.#running.set(key, running);
    answer(socket, { allows: permissions.shown });
    const taken = await takeOver(socket, early);
    // The connection is the carrier's from here on.
    const { stopMs } = this.#makings;
    const carrier = socketCarrier(taken, { limits: { stopMs }, broken: (error) => lostConnection(from, error) });
    const who = `peer "${clean(peer.name)}" at ${from}`;
    const member = this.#agentFor(peer.name, permissions, carrier, (why) => {
      this.#running.delete(key);
      this.#log({ type: "peer.left", peer: peer.name, from, text: `${who} left: ${clean(why)}` });
      void carrier.close().then(resolve);
    });
    running.stop = () => void member.stop();
    this.#log({ type: "peer.joined", peer: peer.name, from, text: `${who} joined; it may reach ${permissions.shown}` });
    member.start();
  }

  /** Ends all of them in order. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const all = [...this.#running.values()];
    for (const one of all) one.stop();
    await Promise.all(all.map(({ ended }) => ended));
  }

  #agentFor(
    peer: string,
    permissions: Permissions,
    uplink: ReturnType<typeof socketCarrier>,
    closed: (why: string) => void,
  ): Member {
    const { agent, parts, codeLoader, room, debug } = this.#makings;
    const told = new Set<Right>();
    const left = (part: string, right: Right) => {
      if (told.has(right)) return;
      told.add(right);
      const text = `peer "${clean(peer)}" wants ${RIGHTS[right]} (${part}); '--allow ${right}' lets it`;
      this.#refusals.add(`${peer} ${right}`, { type: "part.refused", peer, text });
    };
    return createAgent({
      agent,
      plugins: allowedParts(parts, permissions, left),
      ...(permissions.rights.has("code") ? { codeLoader } : {}),
      guard: this.#guardFor(peer, permissions),
      room: room(),
      debug,
      uplink,
      closed: ({ error }) => closed(error.message),
    });
  }

  #guardFor(peer: string, { mayLookUp, mayReach, mayRun }: Permissions): Guard {
    return {
      mayLookUp,
      mayReach,
      mayRun,
      refused: (place) => {
        const target = clean(showPlace(place));
        const text = `peer "${clean(peer)}" may not reach ${target}; '--allow ${target}' lets it`;
        this.#refusals.add(`${peer} ${target}`, { type: "target.refused", peer, target, text });
      },
    };
  }
}
