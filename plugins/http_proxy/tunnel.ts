// Raw bytes both ways: what CONNECT asks for (RFC 9110 section 9.3.6), and what follows an upgrade (section 7.8).

import type { Duplex } from "node:stream";
import type { NoRouterError, Stream } from "../../core/mod.ts";
import { type ClientPatience, endGently } from "../support/client_output.ts";
import { resetBehindWrites, resetSocket } from "../support/reset.ts";
import { splice } from "../support/splice.ts";
import { headBytes, ownBytes, refusalAnswer } from "./answer.ts";
import type { Client } from "./client.ts";
import { refusalOf } from "./refusal.ts";

const ESTABLISHED = headBytes(200, "Connection established", []);

/** Joins a client to a stream once the stream is accepted; what the client sent meanwhile goes first. For the limits see {@link endGently}. */
export function tunnel({ socket, input }: Client, stream: Stream, limits: ClientPatience): void {
  const { first, ended } = input.release();
  if (first.length > 0) stream.write(first);
  splice(socket, stream, {
    accepted: () => void socket.write(ESTABLISHED),
    refused(error: NoRouterError) {
      if (socket.destroyed) return;
      socket.write(ownBytes(refusalAnswer(refusalOf(error)), { head: false, close: true }));
      endGently(socket, limits);
    },
  });
  if (ended) stream.end();
}

/**
 * Joins a client to a server that changed the protocol; `first` is what it sent behind its answer. Who calls destroys the duplex once the client is gone.
 */
export function joinUpgraded({ socket, input }: Client, duplex: Duplex, first: Uint8Array): void {
  const { first: sent, ended } = input.release();
  if (duplex.destroyed) {
    resetSocket(socket);
    return;
  }
  if (first.length > 0) socket.write(first);
  if (sent.length > 0) duplex.write(sent);
  duplex.on("error", () => resetBehindWrites(socket));
  socket.pipe(duplex);
  duplex.pipe(socket);
  if (ended) duplex.end();
}
