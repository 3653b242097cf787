// The manager's side of one host: starts its command, greets its agent, feeds its replica, says in the log how it
// ended, and starts it again. Must not touch any other host.

import { retryDelay } from "./backoff.ts";
import type { Detach, Published } from "./bus.ts";
import { asNoRouterError, type ErrorCode, mends, NoRouterError, triesAgain } from "./errors.ts";
import { FactGate } from "./fact_gate.ts";
import type { HostFact, LinkFailure, Retry } from "./ledger/events.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { HostState } from "./ledger/network.ts";
import { redactEvent, redactNetwork } from "./ledger/redact.ts";
import { snapshotToJson } from "./ledger/replica.ts";
import type { Limits } from "./limits.ts";
import { linkFailure } from "./link/failure.ts";
import { Link } from "./link/link.ts";
import type { AgentSource } from "./plugin/agent_source.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { HostSettings, StartProgress, Transport } from "./plugin/transport.ts";
import { type Router, spoofed } from "./router.ts";
import { settlesWithin } from "./settle.ts";
import { lastCharacters } from "./text.ts";
import { decodeAgentMessage, encodeControl, type Hello, type ManagerMessage } from "./wire/control.ts";
import { type Frame, type HostId, KIND, MANAGER, makeFrame } from "./wire/frame.ts";

/** How much of what stood before the preamble is reported: its end. SPEC.md section 1. */
const BANNER_CHARACTERS = 1024;

/** What a host's link needs of its manager. */
export interface HostLinkOptions {
  readonly host: HostId;
  readonly settings: HostSettings;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly router: Router;
  readonly limits: Limits;
  readonly version: string;
  readonly agents: AgentSource | undefined;
  readonly progress: (step: StartProgress) => void;
  /** Listens to what the ledger publishes. */
  readonly subscribe: (listen: (published: Published) => void) => Detach;
  /** Serves a host inside this process. */
  readonly serveHere: (carrier: Carrier) => void;
  /** The host broke a rule, and what it sent was dropped. */
  readonly refused: (code: ErrorCode, message: string) => void;
  readonly debug: (line: string) => void;
  /** From 0 to 1; spreads the starts of hosts that failed together. */
  readonly random: () => number;
}

/** What was sent in vain twice is sent again as seldom as what does not mend by itself; an agent for a runtime is smaller. */
const LARGE_BYTES = 1024 * 1024;

/** One host and its links, one after the other. */
export class HostLink {
  readonly #options: HostLinkOptions;
  #link: Link | undefined;
  #detach: Detach[] = [];
  /** Last event that the agent was told of. */
  #told = 0;
  #banner = "";
  /** Of the present link. */
  #gate: FactGate | undefined;
  /** Aborted when the manager stops. */
  readonly #stop = new AbortController();
  #starting: Promise<void> = Promise.resolve();
  /** A start whose end is not in the log yet. */
  #running = false;
  /** Starts in a row that failed though a large agent was sent. */
  #sends = 0;
  /** This start sends a large agent. */
  #sending = false;
  /** Starts in a row that failed before their link was stable. */
  #failures = 0;
  #failed: ErrorCode | undefined;
  /** When the link opened, by a steady clock; undefined before. */
  #openedAt: number | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Resolves when nothing is left of the last link: two agents of one host would get in each other's way. */
  #gone: Promise<void> = Promise.resolve();

  constructor(options: HostLinkOptions) {
    this.#options = options;
  }

  /** Starts the host's command, now and after each end until `stop`. A failure is an event, never a throw. */
  start(): void {
    this.#starting = this.#open();
  }

  /** Ends the link because its host broke a rule. */
  fail(error: NoRouterError): void {
    this.#link?.drop(error);
  }

  /** Tells the agent to leave, for good; resolves when nothing is left of the link. */
  async stop(): Promise<void> {
    clearTimeout(this.#again);
    this.#stop.abort();
    // A transport that is opening ends its command: politely, by SIGTERM and by force, each within the bound.
    await settlesWithin(this.#starting, this.#forceMs());
    await this.#link?.close(new NoRouterError("link-closed", "Manager stops"));
    await settlesWithin(this.#gone, this.#forceMs());
  }

  /** In what time a command is gone that has to be ended by force; a carrier that takes longer is not waited for. */
  #forceMs(): number {
    return 4 * this.#options.limits.stopMs;
  }

  async #open(): Promise<void> {
    const { host, ledger, limits, settings, transport, agents, serveHere, debug } = this.#options;
    const progress = (step: StartProgress) => {
      this.#sending ||= step.total > LARGE_BYTES;
      this.#options.progress(step);
    };
    this.#running = true;
    this.#sending = false;
    this.#openedAt = undefined;
    ledger.execute({ type: "start-link", host }, "manager");
    try {
      const { signal } = this.#stop;
      const failed = this.#failed === undefined ? {} : { failed: this.#failed };
      const request = { host: this.#state(), settings, limits, agents, signal, serveHere, progress, debug, ...failed };
      const carrier = await transport.open(request);
      const link = new Link(carrier, "manager", host, limits, {
        opened: (banner) => {
          this.#banner = banner;
        },
        frame: (frame) => this.#receive(frame),
        forged: ({ source }) => this.#options.refused("spoofed-frame", spoofed(source, host)),
        hurried: () =>
          this.#options.refused("too-many-streams", `Host opens more than ${limits.opens} streams a second; what it sends waits`),
        closed: (end) => {
          if (this.#link !== link) return;
          this.#gone = link.close(end.error);
          this.#closed(linkFailure(end));
        },
      });
      this.#link = link;
      if (this.#stop.signal.aborted) throw new NoRouterError("link-closed", "Manager stops");
      this.#link.start();
    } catch (thrown) {
      const error = asNoRouterError(thrown);
      await this.#link?.close(error);
      this.#closed({ code: error.code, message: error.message, stderr: [] });
    }
  }

  #state(): HostState {
    return this.#options.ledger.network.hosts.get(this.#options.host) as HostState;
  }

  #receive(frame: Frame): void {
    const { host, router } = this.#options;
    if (frame.destination !== MANAGER) {
      if (this.#detach.length === 0)
        throw new NoRouterError("malformed-frame", "Agent sent frames for others before it said hello");
      router.relay(host, frame);
    } else if (frame.kind === KIND.control) this.#control(frame);
  }

  #control(frame: Frame): void {
    const message = decodeAgentMessage(frame.payloadBytes());
    if (message.type === "hello") this.#greet(message);
    else if (this.#detach.length > 0) this.#report(message.facts);
    else throw new NoRouterError("malformed-frame", "Agent reported before it said hello");
  }

  #report(facts: readonly HostFact[]): void {
    const { host, ledger, limits, refused, router } = this.#options;
    const openedBy = (id: HostId) => router.opens(id, host);
    const knows = (id: HostId) => ledger.network.hosts.has(id);
    this.#gate ??= new FactGate({ limits, knows, openedBy, now: () => performance.now() });
    const sifted = this.#gate.sift(facts);
    if (sifted.refused !== undefined) refused("malformed-frame", sifted.refused);
    if (sifted.taken.length > 0) ledger.execute({ type: "report", host, facts: sifted.taken }, this.#state().name);
    this.#tellDropped(this.#gate.toTell());
  }

  #tellDropped(count: number): void {
    const { host, ledger } = this.#options;
    if (count > 0) ledger.execute({ type: "drop-facts", host, count }, "manager");
  }

  #greet(hello: Hello): void {
    const { host, ledger, router, subscribe, version } = this.#options;
    const link = this.#link as Link;
    if (this.#detach.length > 0) throw new NoRouterError("malformed-frame", "Agent said hello twice");
    link.confirm();
    this.#openedAt = performance.now();
    this.#sends = 0;
    ledger.execute(
      { type: "open-link", host, agent: hello.agent, banner: lastCharacters(this.#banner, BANNER_CHARACTERS) },
      "manager",
    );
    this.#tell({ type: "welcome", host, version });
    const follows = hello.network === ledger.network.id && hello.seq <= ledger.seq && hello.seq >= ledger.store.snapshot().seq;
    if (follows) this.#tellTail(hello.seq);
    else
      this.#tell({
        type: "snapshot",
        snapshot: snapshotToJson({ seq: ledger.seq, network: redactNetwork(ledger.network, host) }),
      });
    this.#told = ledger.seq;
    this.#detach = [router.attach(host, link), subscribe(({ events }) => this.#tellEvents(events))];
  }

  #tellTail(after: number): void {
    const { host, ledger } = this.#options;
    const events = [...ledger.store.read(after)].flatMap((event) => redactEvent(event, host) ?? []);
    this.#tell({ type: "events", to: ledger.seq, events });
  }

  #tellEvents(batch: Published["events"]): void {
    const events = batch.flatMap((event) => (event.seq > this.#told ? (redactEvent(event, this.#options.host) ?? []) : []));
    const last = batch.at(-1);
    if (!last || events.length === 0) return;
    this.#told = last.seq;
    this.#tell({ type: "events", to: last.seq, events });
  }

  #tell(message: ManagerMessage): void {
    const fields = { kind: KIND.control, source: MANAGER, destination: this.#options.host };
    this.#link?.send(makeFrame(fields, encodeControl(message)));
  }

  #closed(failure: LinkFailure): void {
    if (!this.#running) return;
    this.#running = false;
    for (const detach of this.#detach) detach();
    this.#detach = [];
    this.#link = undefined;
    const { host, ledger } = this.#options;
    this.#tellDropped(this.#gate?.rest() ?? 0);
    this.#gate = undefined;
    const again = triesAgain(failure.code) && !this.#stop.signal.aborted;
    const retry = again ? this.#nextStart(failure) : undefined;
    ledger.execute({ type: "close-link", host, failure, ...(retry ? { retry } : {}) }, "manager");
    // Who heard of it may have stopped the manager.
    if (retry && !this.#stop.signal.aborted) this.#again = setTimeout(() => void this.#restart(), retry.delayMs);
  }

  async #restart(): Promise<void> {
    await settlesWithin(this.#gone, this.#forceMs());
    if (!this.#stop.signal.aborted) this.start();
  }

  #nextStart({ code }: LinkFailure): Retry {
    const { limits, random } = this.#options;
    this.#failed = code;
    const stable = this.#openedAt !== undefined && performance.now() - this.#openedAt >= limits.stableMs;
    this.#failures = stable ? 1 : this.#failures + 1;
    if (this.#sending && this.#openedAt === undefined) this.#sends += 1;
    const slowly = !mends(code) || (this.#sending && this.#sends > 1);
    return { attempt: this.#failures, delayMs: retryDelay(limits, slowly, this.#failures, random()) };
  }
}
