// The egress: dials what its own host publishes and nothing else, and says why when it cannot.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { admissionOf, admitted, stamped } from "../../conformance/ledger.ts";
import { joinMuxes, Recorder } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import {
  DEFAULT_LIMITS,
  type Egress,
  fold,
  type HostContext,
  type Place,
  registerHostPart,
  settingsAt,
  type Target,
} from "../../core/mod.ts";
import { exchange } from "../../tests/support/clients.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { startEcho, startHalfClose } from "../../tests/support/servers.ts";
import { forwardHost } from "./host.ts";

/** The egress of host 1, which publishes port 80, behind two joined muxes. */
function publishing(target: Place, limits = DEFAULT_LIMITS) {
  const ports = [{ listen: 80, protocol: "tcp" as const, target }];
  const [opened] = admitted(0);
  const network = fold(stamped([opened ?? assert.fail(), { type: "host.admitted", ...admissionOf(1, { ports }) }]));
  const context: HostContext = {
    self: () => network.hosts.get(1) ?? assert.fail("host 1 is not there"),
    network: () => network,
    dial: () => assert.fail("an egress dials no host"),
    settings: (key) => settingsAt(network.hosts.get(1) ?? {}, key),
    secret: () => undefined,
    publish: () => undefined,
    report: () => undefined,
    limits,
  };
  const [make] = registerHostPart("forward", forwardHost).egresses as [(context: HostContext) => Egress];
  const egress = make(context);
  const pair = joinMuxes();
  /** Opens a stream, hands it to the egress, and keeps frames moving. */
  const open = (to: Target = { kind: "published", port: 80 }) => {
    const stream = pair.left.mux.open(2, to);
    const got = new Recorder();
    stream.attach(got);
    pair.settle();
    const far = pair.right.arrived.pop() ?? assert.fail("no stream arrived");
    egress.open(far);
    const until = (condition: () => unknown, what: string) =>
      waitFor(
        () => {
          pair.settle();
          return Boolean(condition());
        },
        { what, everyMs: 1 },
      );
    return { stream, got, far, until };
  };
  return { egress, open, pair };
}

test("a published port is dialled, accepted once it is connected, and joined with half-close", async () => {
  const server = await startHalfClose();
  const { open, egress, pair } = publishing(server);
  const { stream, got, until } = open();
  stream.write(new Uint8Array(5000));
  stream.end();
  await until(() => got.ended, "the answer");
  assert.equal(got.bytes.toString(), "GOT 5000");
  assert.deepEqual(got.calls, ["accepted", "data", "end"]);
  await until(() => pair.right.mux.size === 0, "the stream to be over");
  await egress.stop();
  await server.stop();
});

test("a Unix socket is dialled like a port", async () => {
  const folder = tempDir("target");
  const path = join(folder.path, "echo.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket)).listen(path);
  await once(server, "listening");
  const { open, egress } = publishing({ path });
  const { stream, got, until } = open();
  stream.write(new Uint8Array(5000));
  stream.end();
  await until(() => got.ended, "the echo");
  assert.equal(got.bytes.length, 5000);
  await egress.stop();
  server.close();
  folder.remove();
});

test("a Unix socket that cannot be dialled resets the stream with a code and says why", async () => {
  const folder = tempDir("target");
  const missing = join(folder.path, "missing.sock");
  const long = `${folder.path}/${"x".repeat(120)}`;
  const cases: readonly (readonly [path: string, code: string, message: RegExp])[] = [
    [missing, "refused", /^Target unix:.*missing\.sock refused the connection$/],
    [long, "unreachable", /^The path of unix:.*x is \d+ bytes too long$/],
    ["$NOT_SET_ANYWHERE/a.sock", "unreachable", /names the variable 'NOT_SET_ANYWHERE', which is not set$/],
  ];
  for (const [path, code, message] of cases) {
    const { open, egress } = publishing({ path });
    const { got, until } = open();
    await until(() => got.error, "the refusal");
    assert.equal(got.error?.code, code);
    assert.match(got.error?.message ?? "", message);
    await egress.stop();
  }
  folder.remove();
});

test("a published port is one of TCP: others are nobody's", () => {
  const { egress } = publishing({ host: "127.0.0.1", port: 9 });
  assert.equal(egress.claims({ kind: "published", port: 80 }), true);
  assert.equal(egress.claims({ kind: "published", port: 80, protocol: "udp" }), false);
});

test("a refused target resets the stream with its code and says which target it was", async () => {
  const port = await freePort("127.0.0.1");
  const { open, egress } = publishing({ host: "127.0.0.1", port });
  const { got, until } = open();
  await until(() => got.error, "the refusal");
  assert.deepEqual(got.calls, ["reset refused"]);
  assert.equal(got.error?.message, `Target 127.0.0.1:${port} refused the connection`);
  await egress.stop();
});

test("a port that is not published is never dialled; targets of other kinds are not claimed", async () => {
  const server = await startEcho();
  const { open, egress } = publishing(server);
  const { got, until } = open({ kind: "published", port: 81 });
  await until(() => got.error, "the refusal");
  assert.equal(got.error?.code, "not-published");
  assert.match(got.error?.message ?? "", /81.*"host1"/);
  assert.equal(server.accepted(), 0);
  assert.deepEqual(
    [egress.claims({ kind: "published", port: 1 }), egress.claims({ kind: "address", host: "h", port: 1 })],
    [true, false],
  );
  await server.stop();
});

test("an opener that gave up while the target was dialled leaves no connection", async () => {
  const server = await startEcho();
  const { open, egress, pair } = publishing(server);
  const { stream } = open();
  stream.reset("reset");
  pair.settle();
  assert.equal(await exchange(server, "later"), "later"); // whatever was dialled before it is accepted by now
  await waitFor(() => server.open() === 0, { what: "the connection of the egress to be gone" });
  await egress.stop();
  await server.stop();
});

test("stop ends what is still being dialled", async () => {
  const server = await startEcho();
  const { open, egress, pair } = publishing(server);
  open();
  await egress.stop();
  await pair.settle();
  assert.equal(await exchange(server, "later"), "later"); // whatever was dialled before it is accepted by now
  await waitFor(() => server.open() === 0, { what: "the connection of the egress to be gone" });
  await server.stop();
});
