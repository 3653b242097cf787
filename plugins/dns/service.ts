// From the bytes of a question to the bytes of its answer: bounds what is under way and asks once what several want to know.
// Must not know who is asked.

import { type HostContext, limitsOf, messageOf, NoRouterError, type Protocol, Shares } from "../../core/mod.ts";
import { EDE, RCODE } from "./codes.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import { answerTo, MESSAGE_BYTES, passedOn, type Reply } from "./message.ts";
import { type Query, readQuery, sameness, udpBytes } from "./query.ts";

/** One client may have this part of all questions under way. */
const SHARE = 4;

/** An answer of our own, or the message of a server of the system, which must answer the question. */
export type Found = Reply | Uint8Array;

/** Answers a question at once, or says how it is found. */
export type Decide = (query: Query, way: Protocol) => Found | (() => Promise<Found>);

/** Answers messages. */
export interface NameService {
  /**
   * Never rejects; undefined is not answered.
   * @param client Who asks, where nothing else bounds how much it asks at once.
   */
  answer(message: Uint8Array, way: Protocol, client?: string): Uint8Array | undefined | Promise<Uint8Array>;
}

/** A service with at most `limits.nameQueries` questions under way, a part of them of one client; more are told to come back. */
export function nameService(decide: Decide, context: Pick<HostContext, "limits">): NameService {
  const { nameQueries } = limitsOf(context, DNS_LIMIT_ROWS);
  const mostOfOne = Math.max(1, Math.floor(nameQueries / SHARE));
  /** Questions under way, by client. */
  const waiting = new Shares<string | undefined>(nameQueries, undefined);
  const shared = sharing();

  return {
    answer(message, way, client) {
      const query = readQuery(message);
      if (query === undefined || query instanceof Uint8Array) return query;
      const most = way === "udp" ? udpBytes(query) : MESSAGE_BYTES;
      const found = decided(decide, query, way);
      if (typeof found !== "function") return rendered(query, found, most);
      if (waiting.taken >= nameQueries || (client !== undefined && waiting.heldBy(client) >= mostOfOne))
        return answerTo(query, failure("Too many questions are under way", EDE.OTHER));
      waiting.take(client);
      return shared(`${way} ${sameness(query)}`, found).then((late) => {
        waiting.giveBack(client);
        return rendered(query, late, most);
      });
    },
  };
}

/** What is answered at once, or how it is found. */
function decided(decide: Decide, query: Query, way: Protocol): ReturnType<Decide> {
  if (query.edns && query.edns.version > 0) return { rcode: RCODE.BADVERS };
  try {
    return decide(query, way);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Equal questions share an answer: it saves work, ends circles, and gives forgers no second try (RFC 5452 section 5). */
function sharing(): (key: string, find: () => Promise<Found>) => Promise<Found> {
  const underWay = new Map<string, Promise<Found>>();
  return (key, find) => {
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const found = find()
      .catch(failed)
      .finally(() => underWay.delete(key));
    underWay.set(key, found);
    return found;
  };
}

function rendered(query: Query, found: Found, most: number): Uint8Array {
  try {
    return found instanceof Uint8Array ? passedOn(query, found, most) : answerTo(query, found, most);
  } catch (thrown) {
    return answerTo(query, failed(thrown)); // an address that the library does not take
  }
}

function failed(thrown: unknown): Reply {
  return failure(thrown instanceof NoRouterError ? thrown.message : messageOf(thrown), EDE.NETWORK);
}

function failure(text: string, code: number): Reply {
  return { rcode: RCODE.SERVFAIL, reason: { code, text } };
}
