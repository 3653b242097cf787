// Asks the name services of other hosts: one stream a host, on which questions follow each other without waiting. A stream
// that nobody uses ends. Must not decide whom to ask.

import {
  destinationOf,
  type HostContext,
  type HostId,
  type HostState,
  limitsOf,
  messageOf,
  NoRouterError,
  refusesAddress,
  type Stream,
} from "../../core/mod.ts";
import { idOf, withId } from "./bytes.ts";
import { DNS_SERVICE } from "./codes.ts";
import { farReply } from "./far_reply.ts";
import { framed, frameReader } from "./frames.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import { MESSAGE_BYTES, type Reply } from "./message.ts";
import { type PendingQuestions, pendingQuestions } from "./pending.ts";
import { isAnswerTo, type Query } from "./query.ts";

/** Asks hosts. */
export interface FarNames {
  /** @throws NoRouterError when the host cannot be asked, or does not answer within `limits.dialMs` */
  ask(host: HostState, query: Query): Promise<Reply>;
  /** Gives up every question and leaves every stream. */
  stop(): void;
}

/** The stream to one host. */
interface Line {
  readonly over: boolean;
  ask(query: Query): Promise<Uint8Array>;
  stop(): void;
}

/** The client of one front-end. */
export function farNames(context: HostContext): FarNames {
  const lines = new Map<HostId, Line>();
  return {
    async ask(host, query) {
      let line = lines.get(host.id);
      if (!line || line.over) {
        line = lineTo(context, host, () => lines.delete(host.id));
        lines.set(host.id, line);
      }
      return farReply(query.question, await line.ask(query), (address) => refusal(context, host, query.question.name, address));
    },
    stop() {
      for (const line of lines.values()) line.stop();
    },
  };
}

/** What this host would not have dialled for the name, it does not answer either, whatever the other host lets through. */
function refusal(context: HostContext, host: HostState, name: string, address: string): string | undefined {
  const found = refusesAddress(context.network(), destinationOf(name, 0), address, { self: host.id, foreign: true });
  return found && `${address} ${found.why}`;
}

/** @param gone The stream is over; called once. */
function lineTo(context: HostContext, host: HostState, gone: () => void): Line {
  const limits = limitsOf(context, DNS_LIMIT_ROWS);
  const stream = context.dial(host, DNS_SERVICE);
  const waiting = pendingQuestions(limits.dialMs, `Host "${host.name}" does not answer`, () => {
    if (!over) idle = setTimeout(leave, limits.keepAliveMs);
  });
  const questions = sender(stream, waiting);
  const answers = frameReader(MESSAGE_BYTES, (answer) => settle(waiting, answer));
  let over = false;
  let idle: ReturnType<typeof setTimeout> | undefined;

  function lose(error: NoRouterError): void {
    if (over) return;
    over = true;
    clearTimeout(idle);
    gone();
    waiting.fail(error);
  }

  function leave(): void {
    lose(new NoRouterError("link-closed", "Name server was told to stop"));
    stream.end();
  }

  stream.attach({
    data: (chunk) => answers.push(chunk),
    end: () => {
      lose(new NoRouterError("reset", `Host "${host.name}" ended its answers`));
      stream.end();
    },
    reset: (error) => lose(new NoRouterError(error.code, `Host "${host.name}" cannot be asked: ${messageOf(error)}`)),
    drain: () => questions.drained(),
  });

  return {
    get over() {
      return over;
    },
    ask(query) {
      clearTimeout(idle);
      const { id, answer } = waiting.add(query);
      questions.send(id);
      return answer;
    },
    stop: leave,
  };
}

/** Sends questions by their numbers. */
interface Sender {
  send(id: number): void;
  /** There is credit again. */
  drained(): void;
}

function sender(stream: Stream, waiting: PendingQuestions): Sender {
  /** Waiting for credit; as many as may be under way at most, since those that are late are dropped. */
  let unsent: number[] = [];
  let blocked = false;

  function write(ids: readonly number[]): void {
    const asked = ids.flatMap((id) => {
      const query = waiting.get(id);
      return query ? [framed(withId(query.message, id))] : [];
    });
    if (asked.length > 0) blocked = !stream.write(Buffer.concat(asked));
  }

  return {
    send(id) {
      if (blocked) unsent = [...unsent.filter((one) => waiting.get(one)), id];
      else write([id]);
    },
    drained() {
      blocked = false;
      const held = unsent;
      unsent = [];
      write(held);
    },
  };
}

/** Gives an answer to who waits for it; one to no question that waits is dropped. */
function settle(waiting: PendingQuestions, answer: Uint8Array): void {
  const id = answer.length < 2 ? -1 : idOf(answer);
  const query = waiting.get(id);
  if (query && isAnswerTo(query.question, id, answer)) waiting.settle(id, answer);
}
