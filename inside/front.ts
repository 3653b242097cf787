// Starts a program inside: an agent that stays outside, a network of its own for this process, and the program as its child, which has the
// terminal, the signals and the exit status that it would have without all this.

import {
  close,
  errorText,
  kill,
  open,
  openSocket,
  pid as ownPid,
  parentPid,
  signalOfParentsEnd,
  socketPair,
  start,
} from "engine:host";
import { readFileSync } from "node:fs";
import { constants, hostname } from "node:os";
import type { InsidePlan } from "../core/mod.ts";
import { Channel } from "./channel.ts";
import { etcTexts } from "./etc.ts";
import { planIn } from "./files.ts";
import { endOthers, networkOf } from "./leftovers.ts";
import { PASSED, type ToAgent, type ToFront } from "./messages.ts";
import { enterNamespace, type Namespace } from "./namespace.ts";
import { programPath } from "./program_path.ts";
import { OF_TERMINAL, PASSED_ON } from "./signals.ts";

const OWN_PROGRAM = "/proc/self/exe";
const [NEW_SESSION, DIES_WITH_PARENT, TELLS_STOPS] = [1, 4, 8];
const [INET, INET6, STREAM] = [2, 10, 1];
const READ_WRITE = 2;
const ENOEXEC = -8;
const SHELL = "/bin/sh";
/** As a shell ends for what cannot be run (POSIX.1-2024, Shell Command Language, 2.8.2), and as sysexits.h for what the system refuses. */
const EXIT = { missing: 127, denied: 126, setUp: 71 } as const;
/** How long a program may take to end that has lost its network, in milliseconds. */
const LOST_MS = 2000;

/** How the front is to end: an exit code, or a signal below zero. */
export type Ending = number;

/** Runs the program of a folder's plan. @param agentWords Words of a command line that start the agent of the folder */
export function runInside(folder: string, agentWords: readonly string[]): Promise<Ending> {
  const plan = planIn(folder);
  return new Promise((ended) => new Front(plan, folder, ended).begin(agentWords));
}

class Front {
  readonly #plan: InsidePlan;
  readonly #folder: string;
  readonly #ended: (ending: Ending) => void;
  readonly #environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  readonly #parent = parentPid();
  #channel: Channel<ToFront, ToAgent> | undefined;
  /** The program's process. */
  #program: number | undefined;
  /** Empty: there is no network yet. */
  #namespace = "";
  #lost: "left" | "broken" | undefined;
  #isOver = false;

  constructor(plan: InsidePlan, folder: string, ended: (ending: Ending) => void) {
    this.#plan = plan;
    this.#folder = folder;
    this.#ended = ended;
  }

  begin(agentWords: readonly string[]): void {
    const ends = socketPair();
    if (typeof ends === "number") return void this.#fail("no socket can be had");
    const [mine, theirs] = ends;
    const none = open("/dev/null", READ_WRITE, 0);
    const streams = this.#plan.link === "stdio" ? [0, 1] : [none, none];
    const lost = () => this.#lose("its agent has ended");
    const agent = start(OWN_PROGRAM, agentWords, this.#environment, [...streams, 2, theirs], NEW_SESSION, lost);
    for (const fd of [none, theirs]) close(fd);
    if (agent < 0) return void this.#fail(`its agent cannot be started: ${errorText(-agent)}`);
    this.#channel = new Channel(mine, (message: ToFront) => this.#told(message), lost);
    try {
      this.#pass(this.#enter());
    } catch (thrown) {
      this.#fail(thrown instanceof Error ? thrown.message : String(thrown));
    }
    signalOfParentsEnd(constants.signals.SIGTERM);
    for (const signal of PASSED_ON) process.on(signal, () => this.#signal(constants.signals[signal]));
    for (const signal of OF_TERMINAL) process.on(signal, () => undefined);
  }

  #enter(): Namespace {
    const { name, vip, holds } = this.#plan;
    const etc = etcTexts({ name, vip, hostname: hostname() }, machineText("/etc/nsswitch.conf"));
    return enterNamespace({ vip, etc, folder: this.#folder, holds });
  }

  #pass(network: Namespace): void {
    for (const lack of network.lacks) this.#say(`Without ${lack}`);
    const queue = network.queue === undefined ? [] : [network.queue];
    const descriptors = [...PASSED.map((name) => network[name]), ...queue];
    this.#namespace = networkOf("self") ?? "";
    this.#channel?.send({ type: "network", holds: queue.length > 0, namespace: this.#namespace }, descriptors);
  }

  #told(message: ToFront): void {
    if (message.type === "ready") this.#start();
    else if (message.type === "over") this.#lose(message.message, message.isOrderly);
    else {
      const family = message.family === 4 ? INET : INET6;
      const sockets = Array.from({ length: message.count }, () => openSocket(family, STREAM, 0)).filter((fd) => fd >= 0);
      this.#channel?.send({ type: "sockets", family: message.family }, sockets);
      for (const fd of sockets) close(fd);
    }
  }

  #start(): void {
    if (this.#program !== undefined || this.#isOver) return;
    const { program, link } = this.#plan;
    const [name = ""] = program;
    const found = programPath(name);
    if (typeof found === "string") {
      this.#say(`"${name}" ${found === "missing" ? "was not found" : "may not be executed"}`, true);
      return void this.#end(EXIT[found]);
    }
    const streams = link === "stdio" ? [open("/dev/null", READ_WRITE, 0), 2, 2] : [0, 1, 2];
    const started = this.#startAt(found.path, program, streams);
    if (started < 0) {
      this.#say(`"${name}" cannot be run: ${errorText(-started)}`, true);
      return void this.#end(EXIT.denied);
    }
    this.#program = started;
  }

  #startAt(path: string, words: readonly string[], streams: readonly number[]): number {
    const ended = (status: number, isStopped: boolean) => {
      // What is stopped by itself stops its front, so that a shell sees it; what goes on is both.
      if (isStopped) kill(ownPid, constants.signals.SIGSTOP);
      else this.#end(status);
    };
    const run = (program: string, argv: readonly string[]) =>
      start(program, argv, this.#environment, streams, DIES_WITH_PARENT | TELLS_STOPS, ended);
    const started = run(path, words);
    // A script without a first line that names its interpreter, as execvp(3) runs it.
    return started === ENOEXEC ? run(SHELL, ["sh", path, ...words.slice(1)]) : started;
  }

  #signal(signal: number): void {
    if (parentPid() !== this.#parent) return void this.#lose("whoever started it has ended");
    if (this.#program !== undefined) kill(this.#program, signal);
    else this.#end(-signal);
  }

  /** The program goes when its network does; a host that is told to leave does so in order. */
  #lose(why: string, isOrderly = false): void {
    if (this.#isOver || this.#lost) return;
    this.#lost = isOrderly && this.#plan.link === "stdio" ? "left" : "broken";
    if (this.#lost === "broken") this.#say(`The network is gone: ${why}`, true);
    if (this.#program === undefined) return void this.#end(EXIT.setUp);
    const program = this.#program;
    kill(program, constants.signals.SIGTERM);
    setTimeout(() => kill(program, constants.signals.SIGKILL), LOST_MS);
  }

  #fail(why: string): void {
    this.#say(
      `A network for the program cannot be set up: ${why}\n  'norouter exec --check' says what forbids it, and what to do`,
      true,
    );
    this.#end(EXIT.setUp);
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const left = this.#namespace === "" ? Promise.resolve() : endOthers(this.#namespace);
    void left.then(() => this.#ended(this.#lost === "left" ? 0 : ending));
  }

  #say(line: string, isForAll = this.#plan.debug): void {
    if (isForAll) process.stderr.write(`norouter: ${line}\n`);
  }
}

function machineText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
