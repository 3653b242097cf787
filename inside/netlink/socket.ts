// A netlink socket and its requests. The kernel does what is asked before the call that asks returns, so that answers are there at once.

import { close, errorText, openSocket, read, write } from "engine:host";
import { NoRouterError } from "../../core/mod.ts";
import { joined, messagesIn, outcomeOf, type Received, type Request, requestBytes } from "./message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
/** What every read goes into; it is copied out before the next. */
const scratch = new Uint8Array(64 * 1024);

/** Protocols of netlink(7). */
export const NETLINK = { route: 0, socketDiagnosis: 4, netfilter: 12 } as const;

/** Opens a socket in the namespace of this process. @throws NoRouterError `unreachable` */
export function openNetlink(protocol: number): number {
  const fd = openSocket(AF_NETLINK, SOCK_RAW, protocol);
  if (fd < 0) throw failed("A netlink socket", fd);
  return fd;
}

/** Sends requests in one datagram, and reads what is answered. */
export function exchange(fd: number, requests: readonly Request[]): Received[] {
  const sent = write(fd, joined(requests.map(requestBytes)), 0);
  if (sent < 0) throw failed("The kernel", sent);
  const answers: Received[] = [];
  for (;;) {
    const size = read(fd, scratch);
    if (size <= 0) return answers;
    answers.push(...messagesIn(scratch.slice(0, size)));
  }
}

/** The first error of requests, as a number below zero; 0 when all were done. */
export function perform(fd: number, requests: readonly Request[]): number {
  for (const answer of exchange(fd, requests)) {
    const outcome = outcomeOf(answer) ?? 0;
    if (outcome < 0) return outcome;
  }
  return 0;
}

/** Performs requests over a socket of their own. */
export function performOnce(protocol: number, requests: readonly Request[]): number {
  const fd = openNetlink(protocol);
  try {
    return perform(fd, requests);
  } finally {
    close(fd);
  }
}

function failed(what: string, errno: number): NoRouterError {
  return new NoRouterError("unreachable", `${what} was refused: ${errorText(-errno)}`);
}
