// The listener for managers: places of strangers, peers that do not ask, and sessions.

import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { waitFor } from "../../../conformance/support/wait.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";
import { ask } from "../connect.ts";
import { identityIn, managerCertificate } from "../credentials.ts";
import { MOST_ASKING_OF_PEER, MOST_STRANGERS_OF_ADDRESS } from "../limits.ts";
import { peersBySecret, rulesOf, type ServeEvent, TlsListener } from "./mod.ts";

const folder = tempDir("tls-server");
after(() => folder.remove());
const SECRET = join(folder.path, "secret");
writeFileSync(SECRET, "a secret of a test: listener\n", { mode: 0o600 });
const identity = identityIn(SECRET);
const peers = peersBySecret([{ name: "manager", file: SECRET }]);

async function listening() {
  const events: ServeEvent[] = [];
  const makings = {
    agent: { version: "0.0.0", runtime: "test", pid: 1 },
    parts: [],
    codeLoader: { load: () => assert.fail("no code is loaded") },
    room: () => undefined,
    stopMs: 300,
    debug: () => undefined,
  };
  const log = (event: ServeEvent) => void events.push(event);
  const listener = new TlsListener({ peers: await peers, rules: rulesOf(["run:true"]), makings, log });
  const port = await listener.listen({ host: "0.0.0.0", port: 0 });
  const refused = () => events.filter(({ type }) => type === "peer.refused").length;
  return { listener, port, refused };
}

/** A connection as a peer that is known, which has not asked for anything yet. */
async function known(port: number, session?: Buffer): Promise<TLSSocket> {
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false, ...managerCertificate(await identity) };
  const socket = connect({ ...options, ...(session && { session }) });
  socket.on("error", () => undefined);
  return socket;
}

async function idle(port: number, host = "127.0.0.1", localPort?: number): Promise<Socket> {
  const socket = connectTcp({ port, host, localAddress: "127.0.0.1", ...(localPort && { localPort }) });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("connections from one port to two addresses here give both places back", async () => {
  const { listener, port, refused } = await listening();
  const first = await idle(port);
  const second = await idle(port, "127.0.0.2", first.localPort);
  first.destroy();
  second.destroy();
  await waitFor(() => refused() === 2, { what: "both to be gone" });
  const strangers = await Promise.all(Array.from({ length: MOST_STRANGERS_OF_ADDRESS - 1 }, () => idle(port)));
  const patience = { withinMs: 10_000, answerMs: 10_000, signal: new AbortController().signal };
  const settings = { address: `127.0.0.1:${port}`, secretFile: SECRET };
  const { socket, answer } = await ask(settings, { want: "run", command: "true", timeoutMs: 10_000 }, patience);
  assert.equal(answer.result?.exitCode, 0);
  for (const one of [socket, ...strangers]) one.destroy();
  await listener.stop();
});

test("a peer that does not ask is parted from when 'serve' stops", async () => {
  const { listener, port } = await listening();
  const socket = await known(port);
  await once(socket, "data");
  await listener.stop();
  await waitFor(() => socket.destroyed, { what: "it to be parted from", timeoutMs: 5000 });
});

test("no connection takes up the session of another", async () => {
  const { listener, port } = await listening();
  const sessions: Buffer[] = [];
  const first = await known(port);
  first.on("session", (session: Buffer) => void sessions.push(session));
  await once(first, "data");
  first.resume().end();
  await once(first, "close");
  const second = await known(port, sessions[0]);
  await once(second, "data");
  const isReused = second.isSessionReused();
  second.destroy();
  await listener.stop();
  assert.equal(isReused, false);
});

test("a peer has so many connections that ask for nothing, and no more", async () => {
  const { listener, port, refused } = await listening();
  const asking: TLSSocket[] = [];
  for (let at = 0; at < MOST_ASKING_OF_PEER; at++) {
    const socket = await known(port);
    await once(socket, "data");
    asking.push(socket);
  }
  assert.equal(refused(), 0);
  const last = await known(port);
  const closed = once(last.resume(), "close");
  await waitFor(() => refused() === 1, { what: "one more to be refused" });
  await closed;
  for (const one of asking) one.destroy();
  await listener.stop();
});
