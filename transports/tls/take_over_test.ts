// A connection goes on on another socket: nothing is lost of either direction, and one of the two ends with the other.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { LENDS_READS } from "../../core/mod.ts";
import type { Connected } from "../support/socket_carrier.ts";
import { certified, freshKeyPair } from "./certificate.ts";
import { takeOver } from "./take_over.ts";

const NOTHING = new Uint8Array();
const skip = LENDS_READS ? false : "this runtime keeps the socket it has";

/** Two ends over TLS, and both halves of the way between them. */
interface Pair {
  readonly near: TLSSocket;
  readonly far: TLSSocket;
  /** Puts bytes between those that come to the far end. */
  forge(bytes: Uint8Array): void;
}

async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const server = createServer({ ...certified(freshKeyPair()), minVersion: "TLSv1.3" });
  const halves: Socket[] = [];
  const relay = createTcpServer((half) => {
    const onward = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
    halves.push(half, onward);
    half.pipe(onward).pipe(half);
    for (const one of [half, onward]) one.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => void relay.listen(0, "127.0.0.1", resolve));
  const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
  const port = (relay.address() as AddressInfo).port;
  const near = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(near, "secureConnect");
  const [far] = await accepted;
  for (const end of [near, far]) {
    end.pause();
    end.on("error", () => undefined);
  }
  try {
    await use({ near, far, forge: (bytes) => void halves[1]?.write(bytes) });
  } finally {
    for (const one of [near, far, ...halves]) one.destroy();
    server.close();
    relay.close();
  }
}

/** All that comes until the end. */
async function read({ socket, early }: Connected): Promise<Buffer> {
  const chunks = [Buffer.from(early)];
  // What is lent is copied before it is read into again.
  socket.on("data", (chunk: Uint8Array) => chunks.push(Buffer.from(chunk)));
  socket.resume();
  await once(socket, "end");
  return Buffer.concat(chunks);
}

test("bytes before, while and after a connection is taken over come once and in order, both ways", { skip }, async () => {
  await withPair(async ({ near, far }) => {
    const piece = (from: number) => Buffer.from(Array.from({ length: 50_000 }, (_, at) => (from + at) % 251));
    near.write(piece(1));
    far.write(piece(2));
    await Promise.all([once(near, "readable"), once(far, "readable")]);
    const takings = [takeOver(near, Buffer.from("near")), takeOver(far, Buffer.from("far"))] as const;
    near.write(piece(3));
    const [nearTaken, farTaken] = await Promise.all(takings);
    const reads = [read(nearTaken), read(farTaken)] as const;
    for (const { socket } of [nearTaken, farTaken]) {
      socket.write(piece(4));
      socket.end(piece(5));
    }
    const [toNear, toFar] = await Promise.all(reads);
    assert.deepEqual(toNear, Buffer.concat([Buffer.from("near"), piece(2), piece(4), piece(5)]));
    assert.deepEqual(toFar, Buffer.concat([Buffer.from("far"), piece(1), piece(3), piece(4), piece(5)]));
  });
});

test("an end that came before is not missed", { skip }, async () => {
  await withPair(async ({ near, far }) => {
    near.end("last words");
    await once(near, "finish");
    await once(far, "readable");
    assert.equal((await read(await takeOver(far, NOTHING))).toString(), "last words");
  });
});

test("a forged record ends the connection that was taken over, with an error", { skip }, async () => {
  await withPair(async ({ far, forge }) => {
    const { socket } = await takeOver(far, NOTHING);
    const broken = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    const failed = new Promise<Error>((resolve) => void socket.once("error", resolve));
    socket.resume();
    forge(Buffer.concat([Buffer.from([23, 3, 3, 0, 64]), Buffer.alloc(64, 7)]));
    assert.match((await failed).message, /bad record mac|decrypt|DECRYPT|corrupt/i);
    await broken;
    assert.equal(far.destroyed, true);
  });
});

test("one of the two sockets closes with the other", { skip }, async () => {
  await withPair(async ({ near, far }) => {
    const [nearTaken, farTaken] = await Promise.all([takeOver(near, NOTHING), takeOver(far, NOTHING)]);
    for (const { socket } of [nearTaken, farTaken]) socket.on("error", () => undefined).resume();
    const closed = [near, far, nearTaken.socket, farTaken.socket].map((socket) => once(socket, "close"));
    far.destroy();
    nearTaken.socket.destroy();
    await Promise.all(closed);
  });
});

test("a connection that is gone is given back as it is", { skip }, async () => {
  await withPair(async ({ near }) => {
    near.destroy();
    const { socket } = await takeOver(near, NOTHING);
    assert.equal(socket, near);
  });
});
