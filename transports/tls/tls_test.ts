// The transport over TLS: the cases of all carriers, both sides knowing each other or not, and commands.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { createServer, type TLSSocket } from "node:tls";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import type { FarEnd } from "../../conformance/transport_cases.ts";
import { DEFAULT_LIMITS, registerPlugins, type StarterRequest } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { socketCarrier } from "../support/socket_carrier.ts";
import { certified, freshKeyPair } from "./certificate.ts";
import { ask } from "./connect.ts";
import { runOverTls, tlsTransport } from "./mod.ts";
import { type Peers, peersByCertificate, peersBySecret, rulesOf, type ServeEvent, TlsListener } from "./serve/mod.ts";
import { answer, hear, turnAway } from "./serve/visitor.ts";
import type { TlsSettings } from "./settings.ts";
import { lostConnection, takeOver } from "./take_over.ts";

const folder = tempDir("tls");
after(() => folder.remove());

function secretFile(name: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, `a secret of a test: ${name}\n`, { mode: 0o600 });
  return path;
}
const SECRET = secretFile("right");
const peers: Promise<Peers> = peersBySecret([{ name: "manager", file: SECRET }]);
const patience = () => ({ withinMs: 10_000, answerMs: 10_000, signal: new AbortController().signal });

/** A server with a far end in the place of an agent. */
async function farServer(far: FarEnd) {
  const known = await peers;
  const server = createServer(known.tls, (socket) => void serve(socket));
  const serve = async (socket: TLSSocket) => {
    socket.on("error", () => undefined);
    const peer = known.peerAt(socket);
    if (!peer) return turnAway(socket);
    await hear(socket, peer);
    answer(socket, {});
    if (far === "deaf") return;
    if (far === "echo") return void socket.pipe(socket);
    socket.once("data", () => socket.end("bye"));
    socket.resume();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, close: () => server.close() };
}

conformTransport("tls", () => ({
  async open(far) {
    const { address, close } = await farServer(far);
    const { socket, early } = await ask({ address, secretFile: SECRET }, { want: "agent", session: "s" }, patience());
    socket.once("close", close);
    return socketCarrier(await takeOver(socket, early), {
      limits: { stopMs: 300 },
      broken: (error) => lostConnection(address, error),
    });
  },
  hasProcess: false,
  hasPressure: true,
  leftOver: () => 0,
  closeMs: 10_000,
}));

/** A listener as 'norouter serve' has it, with no parts to run. */
async function listening(allow: readonly string[], known: Promise<Peers> = peers) {
  const events: ServeEvent[] = [];
  const makings = {
    agent: { version: "0.0.0", runtime: "test", pid: 1 },
    parts: [],
    codeLoader: { load: () => assert.fail("no code is loaded") },
    room: () => undefined,
    stopMs: 300,
    debug: () => undefined,
  };
  const listener = new TlsListener({
    peers: await known,
    rules: rulesOf(allow),
    makings,
    log: (event) => void events.push(event),
  });
  const port = await listener.listen({ host: "127.0.0.1", port: 0 });
  const settings: TlsSettings = { address: `127.0.0.1:${port}`, secretFile: SECRET };
  return { listener, port, settings, events, says: (type: string) => events.filter((event) => event.type === type) };
}

test("another secret gets nothing, hears that it is another, and is told of", async () => {
  const { listener, settings, says } = await listening(["run"]);
  const asked = ask({ ...settings, secretFile: secretFile("wrong") }, { want: "agent", session: "s" }, patience());
  await assert.rejects(asked, { code: "access-denied", message: /does not know the secret of 'secretFile'/ });
  await waitFor(() => says("peer.refused").length === 1, { what: "a line" });
  assert.match(says("peer.refused")[0]?.text ?? "", /^127\.0\.0\.1:\d+ is not let in: it has no secret/);
  await listener.stop();
});

test("who pretends to be the server gets nothing but the manager's key: it has no proof", async () => {
  const impostor = await peersBySecret([{ name: "manager", file: secretFile("impostor") }]);
  const heard: Buffer[] = [];
  const server = createServer(impostor.tls, (socket) => {
    socket.on("error", () => undefined).on("data", (chunk) => void heard.push(chunk));
    const body = Buffer.from(JSON.stringify({ version: 1, proof: Buffer.alloc(32).toString("base64") }));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    socket.write(Buffer.concat([head, body]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const asked = ask({ address, secretFile: SECRET }, { want: "run", command: "secret words", timeoutMs: 1 }, patience());
  await assert.rejects(asked, { code: "access-denied", message: /^What answers at .* does not know the secret/ });
  assert.deepEqual(heard, []);
  server.close();
});

test("what is no 'norouter serve' is named so, and what is not there as well", async () => {
  const server = createTcpServer((socket) =>
    socket
      .on("error", () => undefined)
      .resume()
      .end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const asked = (at: number) =>
    ask({ address: `127.0.0.1:${at}`, secretFile: SECRET }, { want: "agent", session: "s" }, patience());
  await assert.rejects(asked(port), (thrown: { code?: string }) =>
    ["settings-refused", "host-unreachable"].includes(thrown.code ?? ""),
  );
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await assert.rejects(asked(port), { code: "host-unreachable", message: /ECONNREFUSED/ });
});

test("a server that says nothing is not waited for long, and a manager that stops waits no more", async () => {
  const server = createTcpServer((socket) => void socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const settings = { address: `127.0.0.1:${(server.address() as { port: number }).port}`, secretFile: SECRET };
  const late = ask(settings, { want: "agent", session: "s" }, { ...patience(), withinMs: 100 });
  await assert.rejects(late, { code: "host-unreachable", message: /did not answer within 0.1 s/ });
  const gone = new AbortController();
  const given = ask(settings, { want: "agent", session: "s" }, { ...patience(), signal: gone.signal });
  gone.abort();
  await assert.rejects(given, { code: "link-closed" });
  server.close();
});

/** Files with a certificate that signed itself, for the name localhost. */
function certificateFiles(name: string) {
  const { cert, key } = certified(freshKeyPair());
  const files = { cert: join(folder.path, `${name}.cert`), key: join(folder.path, `${name}.key`) };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  return files;
}

test("given certificates are known by who signed them, for the name that is wanted, and say who the peer is", async () => {
  const [server, manager, stranger] = ["server", "manager", "stranger"].map(certificateFiles);
  assert.ok(server && manager && stranger);
  const known = peersByCertificate({ ...server, ca: manager.cert });
  const { listener, settings, says } = await listening(["localhost=run:true", "run:none"], known);
  const run = (given: Partial<TlsSettings>) =>
    runOverTls({ address: settings.address, ...manager, ca: server.cert, serverName: "localhost", ...given }, "true", {
      connectMs: 10_000,
      timeoutMs: 10_000,
      signal: patience().signal,
    });
  assert.equal(await run({}), "");
  assert.equal(says("command.ran")[0]?.peer, "localhost");
  await assert.rejects(run({ ...stranger }), (thrown: { code?: string }) => thrown.code !== "internal");
  await assert.rejects(run({ ca: stranger.cert }), { code: "access-denied", message: /on certificates/ });
  const noPem = join(folder.path, "no.pem");
  writeFileSync(noPem, "no PEM", { mode: 0o600 });
  for (const [given, message] of [
    [{ key: stranger.key }, /key in ".*stranger\.key" is not that of the certificate in ".*manager\.cert"/],
    [{ key: noPem }, /"[^"]*no\.pem" holds no private key in PEM/],
    [{ cert: noPem }, /"[^"]*no\.pem" holds no certificate in PEM/],
    [{ ca: noPem }, /"[^"]*no\.pem" holds no certificate in PEM/],
  ] as const)
    await assert.rejects(run(given), { code: "settings-refused", message });
  await assert.rejects(run({ serverName: "other.example" }), { code: "access-denied", message: /other\.example/ });
  assert.equal(says("command.ran").length, 1);
  await listener.stop();
});

test("commands run where they are allowed, with an end, and fail in words", async () => {
  const { listener, settings, says } = await listening(["run:echo hello", "run:exit 3", "run:sleep 60"]);
  const run = (command: string, timeoutMs = 10_000) =>
    runOverTls(settings, command, { connectMs: 10_000, timeoutMs, signal: new AbortController().signal });
  assert.equal(await run("echo hello"), "hello\n");
  await assert.rejects(run("exit 3"), { code: "start-failed", message: /failed with exit code 3/ });
  await assert.rejects(run("sleep 60", 100), { code: "start-failed", message: /took longer than 0.1 s/ });
  await assert.rejects(run("echo other; password"), { code: "denied", message: /has no '--allow run' for it/ });
  assert.equal(says("command.ran").length, 3);
  assert.doesNotMatch(JSON.stringify(says("command.refused")), /password/, "words of a command may be secrets");
  await listener.stop();
});

test("what is started and stopped on demand is a command there", async () => {
  const [starter] = registerPlugins([tlsTransport]).starters;
  const { listener, settings, says } = await listening(["run:echo up", "run:echo down", "run:true", "run:false"]);
  const demand = { start: "echo up", stop: ["echo", "down"], running: "false" };
  const request = {
    name: "far",
    settings: { tls: settings },
    demand,
    limits: DEFAULT_LIMITS,
    signal: patience().signal,
  } as const;
  const whole: StarterRequest = { ...request, progress: () => undefined, debug: () => undefined };
  assert.equal(starter?.claims({ tls: settings }, demand), true);
  const claims = [{ stop: "x" }, { ...demand, on: "manager" }].map((other) => starter?.claims({ tls: settings }, other));
  assert.deepEqual([...claims, starter?.claims({}, demand)], [false, false, false]);
  assert.equal(await starter?.start(whole), "started");
  assert.equal(await starter?.start({ ...whole, demand: { ...demand, running: "true" } }), "running");
  await starter?.stop(whole);
  assert.deepEqual(
    says("command.ran").map(({ program }) => program),
    ["false", "echo", "true", "echo"],
  );
  await listener.stop();
});

test("a second connection of the same session ends the first, those of other sessions stay", async () => {
  const { listener, settings, says } = await listening([]);
  const join = (session: string) => ask(settings, { want: "agent", session }, patience());
  const [first, other] = [await join("one"), await join("two")];
  first.socket.resume();
  other.socket.resume();
  const second = await join("one");
  await waitFor(() => first.socket.destroyed, { what: "the first to be ended" });
  assert.equal(other.socket.destroyed, false);
  assert.equal(says("peer.left").length, 1);
  for (const { socket } of [second, other]) socket.destroy();
  await listener.stop();
});

test("one port is not listened on twice, and stop leaves nothing", async () => {
  const { listener, port } = await listening([]);
  await assert.rejects(listener.listen({ host: "127.0.0.1", port }), { code: "address-in-use", message: /cannot listen on/ });
  const idle = connectTcp(port, "127.0.0.1");
  idle.on("error", () => undefined);
  await new Promise<void>((resolve) => idle.once("connect", resolve));
  await listener.stop();
  await waitFor(() => idle.destroyed || idle.readableEnded, { what: "a stranger to be parted from", everyMs: 5 }).finally(() =>
    idle.destroy(),
  );
});

test("the key wants one way to know each other, whole", () => {
  const [key] = registerPlugins([tlsTransport]).keys.host;
  const issues = (value: unknown) => {
    const result = key?.schema["~standard"].validate(value, { libraryOptions: { key: "tls" } });
    return result && !(result instanceof Promise) && result.issues ? result.issues.map(({ message }) => message).join("; ") : "";
  };
  const address = "a.example:7443";
  assert.equal(issues({ address, secretFile: "~/key" }), "");
  assert.equal(issues({ address, cert: "c", key: "k", ca: "a", serverName: "b.example" }), "");
  assert.match(issues({ address, cert: "c" }), /no 'key'/);
  assert.match(issues({ address, secretFile: "s", ca: "a" }), /'ca' beside 'secretFile'/);
  assert.notEqual(issues({ address }), "");
  assert.notEqual(issues({ address: "a.example", secretFile: "s" }), "");
  assert.notEqual(issues({ address: "a:99999", secretFile: "s" }), "");
});
