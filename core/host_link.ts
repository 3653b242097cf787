// The manager's side of one host: starts its command, greets its agent, feeds its replica, says in the log how it ended, and
// starts it again.

import { retryDelay } from "./backoff.ts";
import type { Detach } from "./bus.ts";
import type { HostRunner } from "./demand/runner.ts";
import { asNoRouterError, type ErrorCode, NoRouterError, printable, triesAgain } from "./errors.ts";
import { FactGate } from "./fact_gate.ts";
import type { Hub, Way } from "./hub.ts";
import type { Command } from "./ledger/decide.ts";
import type { LinkFailure, NetworkEvent, Retry } from "./ledger/events.ts";
import { EVENT_VERSION } from "./ledger/events.ts";
import type { HostState } from "./ledger/network.ts";
import { redactNetwork } from "./ledger/redact.ts";
import { snapshotToJson } from "./ledger/snapshot_json.ts";
import { changedLimits } from "./limits.ts";
import { isLasting, linkFailure } from "./link/failure.ts";
import { Link } from "./link/link.ts";
import { CodeServer } from "./part_code.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { StartProgress } from "./plugin/transport.ts";
import { spoofed } from "./router.ts";
import { settlesWithin } from "./settle.ts";
import { firstCharacters, LONGEST_MESSAGE, lastCharacters } from "./text.ts";
import { decodeAgentMessage, encodeControl, type Hello, type ManagerMessage, type Publish, type Report } from "./wire/control.ts";
import { FEATURES, featuresInForce } from "./wire/features.ts";
import { type Frame, type HostId, KIND, MANAGER, makeFrame } from "./wire/frame.ts";

/** How much of what stood before the preamble is reported: its end. SPEC.md section 1. */
const BANNER_CHARACTERS = 1024;

/** What was sent in vain twice is sent again as seldom as what does not mend by itself; an agent for a runtime is smaller. */
const LARGE_BYTES = 384 * 1024;

/** One host and its links, one after the other. */
export class HostLink {
  readonly #hub: Hub;
  readonly #host: HostId;
  readonly way: Way;
  /** What is started before each link. */
  readonly #runner: HostRunner | undefined;
  #link: Link | undefined;
  /** The agent of the present link said hello. */
  #greeted = false;
  #detach: Detach[] = [];
  #banner = "";
  /** Which agent this start chose, and why. */
  #chosen: string | undefined;
  /** Of the present link. */
  #gate: FactGate | undefined;
  #code = new CodeServer([]);
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
  /** What was said last is in the log. */
  #recorded: Promise<unknown> = Promise.resolve();

  constructor(host: HostId, way: Way, hub: Hub, runner?: HostRunner) {
    this.#host = host;
    this.way = way;
    this.#hub = hub;
    this.#runner = runner;
  }

  /** Starts the host's command, now and after each end until `stop`. A failure is an event, never a throw. */
  start(): void {
    this.#starting = this.#open();
  }

  /** Starts a host that waits for its next start at once; false when it does not wait. */
  retryNow(): boolean {
    if (this.#again === undefined) return false;
    clearTimeout(this.#again);
    this.#again = undefined;
    void this.#restart();
    return true;
  }

  /** Ends the link because its host broke a rule. */
  fail(error: NoRouterError): void {
    this.#link?.drop(error);
  }

  /** Tells the agent to leave, for good; resolves when nothing is left of the link, and its end is in the log. */
  async stop(reason = "Manager stops"): Promise<void> {
    clearTimeout(this.#again);
    this.#stop.abort(reason);
    // A transport that is opening ends its command: politely, by SIGTERM and by force, each within the bound.
    await settlesWithin(this.#starting, this.#forceMs());
    await this.#link?.close(new NoRouterError("link-closed", reason));
    await settlesWithin(this.#gone, this.#forceMs());
    // A transport that still opens is not waited for: a later end would be taken for that of the host's next link.
    this.#closed({ code: "link-closed", message: reason, stderr: [] });
    // Neither is a log that does not answer.
    await settlesWithin(this.#recorded, this.#forceMs());
  }

  /** In what time a command is gone that has to be ended by force; a carrier that takes longer is not waited for. */
  #forceMs(): number {
    return 4 * this.#hub.limits.stopMs;
  }

  /** Of a host that has left the network there is nothing more to say. */
  #record(command: Command, by = "manager"): Promise<readonly NetworkEvent[]> {
    const events = this.#state() ? this.#hub.record(command, by) : Promise.resolve([]);
    this.#recorded = events;
    return events;
  }

  async #open(): Promise<void> {
    const host = this.#host;
    const { limits } = this.#hub;
    this.#running = true;
    this.#sending = false;
    this.#chosen = undefined;
    this.#openedAt = undefined;
    const started = await this.#record({ type: "start-link", host });
    let starter: string | undefined;
    try {
      starter = this.#runner?.ask();
      if (started.length === 0) throw new NoRouterError("internal", "The log does not take the start of the host");
      await this.#runner?.start(this.#stop.signal);
      starter = undefined;
      const carrier = await this.way.transport.open(this.#request());
      const link = new Link(carrier, "manager", host, limits, {
        opened: (banner) => {
          this.#banner = banner;
        },
        frame: (frame) => this.#receive(frame),
        forged: ({ source }) => this.#refused("spoofed-frame", spoofed(source, host)),
        hurried: () =>
          this.#refused("too-many-streams", `Host opens more than ${limits.opens} streams a second; what it sends waits`),
        closed: (end) => {
          if (this.#link !== link) return;
          this.#gone = link.close(end.error);
          this.#closed(linkFailure(end));
        },
      });
      this.#link = link;
      if (this.#stop.signal.aborted) throw new NoRouterError("link-closed", String(this.#stop.signal.reason));
      this.#link.start();
    } catch (thrown) {
      const error = asNoRouterError(thrown);
      await this.#link?.close(error);
      this.#closed({ code: error.code, message: error.message, stderr: [], ...(starter === undefined ? {} : { starter }) });
    }
  }

  #request() {
    const { limits, agents, debug, identity } = this.#hub;
    return {
      name: this.#state()?.name ?? "",
      vip: this.#state()?.vip ?? "",
      ...(identity && { network: identity }),
      settings: this.way.settings,
      limits,
      agents,
      signal: this.#stop.signal,
      serveHere: (carrier: Carrier) => this.#hub.serveHere(this.#host, carrier),
      chosen: (why: string) => {
        this.#chosen = printable(firstCharacters(why, LONGEST_MESSAGE));
      },
      progress: (step: StartProgress) => {
        this.#sending ||= step.total > LARGE_BYTES;
        this.#hub.progress(this.#host, step);
      },
      debug,
      ...(this.#failed === undefined ? {} : { failed: this.#failed }),
    };
  }

  #refused(code: ErrorCode, message: string): void {
    this.#hub.refused(this.#host, code, message);
  }

  /** Undefined once the host has left the network. */
  #state(): HostState | undefined {
    return this.#hub.ledger.network.hosts.get(this.#host);
  }

  #receive(frame: Frame): void {
    if (frame.destination !== MANAGER) {
      if (!this.#greeted) throw new NoRouterError("malformed-frame", "Agent sent frames for others before it said hello");
      this.#hub.router.relay(this.#host, frame);
    } else if (frame.kind === KIND.control) this.#control(frame);
  }

  #control(frame: Frame): void {
    const message = decodeAgentMessage(frame.payloadBytes());
    if (message.type === "hello") {
      if (this.#greeted) throw new NoRouterError("malformed-frame", "Agent said hello twice");
      this.#greeted = true;
      void this.#greet(message, this.#link as Link);
    } else if (!this.#greeted) {
      const what = message.type === "want-code" ? "asked for code" : "reported";
      throw new NoRouterError("malformed-frame", `Agent ${what} before it said hello`);
    } else if (message.type === "report" || message.type === "publish") this.#report(message);
    else if (message.type === "traffic") this.#hub.router.traffic.addOwn(this.#host, message.ports);
    else this.#tell(this.#code.answer(message));
  }

  #report(message: Report | Publish): void {
    const { ledger, limits, router } = this.#hub;
    const [host, name] = [this.#host, this.#state()?.name];
    const openedBy = (id: HostId) => router.opens(id, host);
    const knows = (id: HostId) => ledger.network.hosts.has(id);
    const hasLeft = (id: HostId) => id > 0 && id <= ledger.network.lastHost && !knows(id);
    this.#gate ??= new FactGate({ limits, knows, hasLeft, openedBy, now: () => performance.now() });
    if (message.type === "report") {
      const sifted = this.#gate.sift(message.facts);
      if (sifted.refused !== undefined) this.#refused("malformed-frame", sifted.refused);
      if (sifted.taken.length > 0) void this.#record({ type: "report", host, facts: sifted.taken }, name);
    } else if (this.#gate.mayPublish()) void this.#record({ type: "publish", host, ports: message.ports }, name);
    this.#tellDropped(this.#gate.toTell());
  }

  #tellDropped(count: number): void {
    if (count > 0) void this.#record({ type: "drop-facts", host: this.#host, count });
  }

  async #greet(hello: Hello, link: Link): Promise<void> {
    const host = this.#host;
    const { ledger, router, announcer, version } = this.#hub;
    link.confirm(featuresInForce(hello.features));
    this.#openedAt = performance.now();
    this.#sends = 0;
    const banner = lastCharacters(this.#banner, BANNER_CHARACTERS);
    const agent = { ...hello.agent, ...(this.#chosen === undefined ? {} : { chosen: this.#chosen }) };
    const opened = await this.#record({ type: "open-link", host, agent, banner });
    if (this.#link !== link) return; // it ended meanwhile
    if (opened.length === 0) return link.drop(new NoRouterError("internal", "The log does not take the link's opening"));
    announcer.flush(); // whoever this host opens a stream to has to know that it is there
    const { network, seq } = ledger;
    this.#code = new CodeServer(this.#hub.code);
    this.#tell({ type: "welcome", host, version, features: FEATURES, limits: changedLimits(this.#hub.limits) });
    this.#tell({ type: "snapshot", snapshot: snapshotToJson({ v: EVENT_VERSION, seq, network: redactNetwork(network, host) }) });
    this.#detach = [router.attach(host, link), announcer.follow(host, seq, (payload) => this.#send(payload))];
  }

  #tell(message: ManagerMessage): void {
    this.#send(encodeControl(message));
  }

  #send(payload: Uint8Array): void {
    this.#link?.send(makeFrame({ kind: KIND.control, source: MANAGER, destination: this.#host }, payload));
  }

  #closed(failure: LinkFailure): void {
    if (!this.#running) return;
    this.#running = false;
    this.#greeted = false;
    for (const detach of this.#detach) detach();
    this.#detach = [];
    this.#link = undefined;
    this.#tellDropped(this.#gate?.rest() ?? 0);
    this.#gate = undefined;
    const again = triesAgain(failure.code) && !this.#stop.signal.aborted;
    const retry = again ? this.#nextStart(failure) : undefined;
    const told = this.#record({ type: "close-link", host: this.#host, failure, ...(retry ? { retry } : {}) });
    // Who hears of it may stop the manager.
    if (retry) void told.then(() => this.#restartIn(retry.delayMs));
  }

  #restartIn(delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      void this.#restart();
    }, delayMs);
  }

  async #restart(): Promise<void> {
    await settlesWithin(this.#gone, this.#forceMs());
    if (!this.#stop.signal.aborted) this.start();
  }

  #nextStart(failure: LinkFailure): Retry {
    const { limits } = this.#hub;
    this.#failed = failure.code;
    const stable = this.#openedAt !== undefined && performance.now() - this.#openedAt >= limits.stableMs;
    this.#failures = stable ? 1 : this.#failures + 1;
    if (this.#sending && this.#openedAt === undefined) this.#sends += 1;
    const slowly = isLasting(failure, this.#runner?.starter !== undefined, this.#failures) || (this.#sending && this.#sends > 1);
    return { attempt: this.#failures, delayMs: retryDelay(limits, slowly, this.#failures, this.#hub.random()) };
  }
}
