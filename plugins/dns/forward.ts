// Asks the name servers of the system, one after another, as a stub resolver does. Answers are checked (RFC 5452) and given as
// they came.

import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { type HostContext, limitsOf, NoRouterError, type Protocol } from "../../core/mod.ts";
import { isTruncated, rcodeOf, withId } from "./bytes.ts";
import { RCODE } from "./codes.ts";
import { framed, frameReader } from "./frames.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import { MESSAGE_BYTES } from "./message.ts";
import { isAnswerTo, type Query } from "./query.ts";
import { bareAddress, type NameServer } from "./system_servers.ts";

/** Asks name servers. */
export interface Forwarder {
  /**
   * The first answer, or the last that says that a server cannot or does not want to.
   * @param protocol How the question came; an answer that UDP cuts is fetched whole only for who can take it.
   * @throws NoRouterError `name-not-found` when no server answers
   */
  ask(servers: readonly NameServer[], query: Query, protocol: Protocol): Promise<Uint8Array>;
  /** Gives up every question. */
  stop(): void;
}

/** One question to one server: calls back once, or is given up. */
interface Attempt {
  readonly server: NameServer;
  readonly query: Query;
  readonly done: (answer: Uint8Array | undefined) => void;
}

/** Starts an attempt; what it returns ends it. */
type Start = (attempt: Attempt) => () => void;

/** A forwarder of one front-end or egress. */
export function forwarder(context: Pick<HostContext, "limits">): Forwarder {
  const { nameMs } = limitsOf(context, DNS_LIMIT_ROWS);
  const open = new Set<() => void>();
  let stopped = false;

  /** Undefined: the server did not answer in time, or at all. */
  function attempt(start: Start, server: NameServer, query: Query): Promise<Uint8Array | undefined> {
    if (stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      let end: (() => void) | undefined;
      const finish = (answer?: Uint8Array) => {
        if (!open.delete(giveUp)) return;
        clearTimeout(timer);
        end?.();
        resolve(answer);
      };
      const giveUp = () => finish();
      const timer = setTimeout(giveUp, nameMs);
      open.add(giveUp);
      end = start({ server, query, done: finish });
      if (!open.has(giveUp)) end();
    });
  }

  async function askOne(server: NameServer, query: Query, protocol: Protocol): Promise<Uint8Array | undefined> {
    const answer = await attempt(overUdp, server, query);
    return answer && protocol === "tcp" && isTruncated(answer) ? attempt(overTcp, server, query) : answer;
  }

  return {
    async ask(servers, query, protocol) {
      let last: Uint8Array | undefined;
      for (const server of servers) {
        const answer = await askOne(server, query, protocol);
        if (answer && !isUnhelpful(answer)) return answer;
        last = answer ?? last;
      }
      if (last) return last;
      throw new NoRouterError("name-not-found", servers.length === 0 ? "There is no name server" : "No name server answers");
    },
    stop() {
      stopped = true;
      for (const giveUp of open) giveUp();
    },
  };
}

/** Another server may know better. */
function isUnhelpful(answer: Uint8Array): boolean {
  const rcode = rcodeOf(answer);
  return rcode === RCODE.SERVFAIL || rcode === RCODE.NOTIMP || rcode === RCODE.REFUSED || rcode === RCODE.FORMERR;
}

/** A number that nobody can guess (RFC 5452 section 4.3). */
function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
}

/** Each question has a socket of its own, so that the system chooses a port at random for it (RFC 5452 section 9.2). */
const overUdp: Start = ({ server, query, done }) => {
  const id = randomId();
  const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
  const wanted = bareAddress(server.address);
  socket.on("error", () => done(undefined));
  socket.on("message", (answer, from) => {
    // What does not fit is forged or late: the true answer may still come.
    if (from.port === server.port && bareAddress(from.address) === wanted && isAnswerTo(query.question, id, answer)) done(answer);
  });
  socket.connect(server.port, server.address, () => {
    try {
      socket.send(withId(query.message, id));
    } catch {
      done(undefined); // given up while it was connecting
    }
  });
  let open = true;
  return () => {
    if (open) socket.close();
    open = false;
  };
};

const overTcp: Start = ({ server, query, done }) => {
  const id = randomId();
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  const reader = frameReader(MESSAGE_BYTES, (answer) => done(isAnswerTo(query.question, id, answer) ? answer : undefined));
  socket.on("error", () => done(undefined));
  socket.on("end", () => done(undefined));
  socket.on("data", (chunk: Uint8Array) => void reader.push(chunk));
  socket.write(framed(withId(query.message, id)));
  return () => void socket.destroy();
};
