// Streams to a program inside: published ports that lead to its own addresses are dialled in its network, and nothing else is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loneEgress } from "../../conformance/lone_egress.ts";
import type { ShownHost } from "../../conformance/lone_host.ts";
import { type Place, registerHostPart, type Target } from "../../core/mod.ts";
import { dial } from "../../tests/support/clients.ts";
import { fakeDoorway } from "../../tests/support/fake_doorway.ts";
import { startEcho, startHalfClose } from "../../tests/support/servers.ts";
import { StandIns } from "../support/stand_ins.ts";
import { insideHost } from "./host.ts";

const VIP = "127.0.42.1";
const published = (port: number): Target => ({ kind: "published", port });
const publishing = (...targets: Place[]): ShownHost => ({
  vip: VIP,
  ports: targets.map((target, at) => ({ listen: 81 + at, protocol: "tcp" as const, target })),
});

/** The egress of a program whose host publishes these targets at the ports 81, 82 and so on. */
function egressTo(connect: Parameters<typeof fakeDoorway>[0] = {}, ...targets: Place[]) {
  const doorway = fakeDoorway(connect);
  const alone = loneEgress(insideHost({ doorway, standIns: new StandIns() }), [publishing(...targets), { vip: "127.0.42.2" }]);
  return { ...alone, doorway };
}

const failing = (code: string) => ({
  connect: () => Promise.reject(Object.assign(new Error(`connect ${code}`), { code })),
});

test("a published port is dialled in the program's network, accepted once it is connected, and joined with half-close", async () => {
  const server = await startHalfClose();
  const { open, until, doorway, egress, streams } = egressTo({ connect: () => dial(server) }, { host: "127.0.0.1", port: 8080 });
  const { stream, got } = open(published(81));
  assert.deepEqual(got.calls, []);
  stream.write(new Uint8Array(5000));
  stream.end();
  await until(() => got.ended, "the answer");
  assert.deepEqual([got.bytes.toString(), got.calls], ["GOT 5000", ["accepted", "data", "end"]]);
  assert.deepEqual(doorway.connected, ["127.0.0.1 8080"]);
  await until(() => streams() === 0, "the stream to be over");
  await egress.stop();
  await server.stop();
});

test("ports that lead to the program's own addresses are its own; what leads elsewhere is for others", async () => {
  const within: Place[] = [
    { host: "127.0.0.1", port: 1 },
    { host: "127.9.9.9", port: 2 },
    { host: "::1", port: 3 },
    { host: "localhost", port: 4 },
    { host: VIP, port: 5 },
  ];
  const elsewhere: Place[] = [{ host: "192.0.2.7", port: 6 }, { host: "db.example.com", port: 7 }, { path: "/run/db.sock" }];
  const { egress, open, until, doorway } = egressTo(failing("ECONNREFUSED"), ...within, ...elsewhere);
  const claims = (target: Target) => egress.claims(target);
  const ports = [...within, ...elsewhere].map((_, at) => 81 + at);
  assert.deepEqual(
    ports.filter((port) => claims(published(port))),
    [81, 82, 83, 84, 85],
  );
  assert.ok(!claims(published(80)), "a port that is not published");
  assert.ok(!claims({ kind: "published", port: 81, protocol: "udp" }));
  assert.ok(!claims({ kind: "address", host: "127.0.0.1", port: 81 }));
  assert.ok(!claims({ kind: "service", name: "dns", port: 81 }));
  for (const port of [81, 82, 83, 84, 85]) {
    const { got } = open(published(port));
    await until(() => got.error, "the refusal");
  }
  assert.deepEqual(doorway.connected, ["127.0.0.1 1", "127.9.9.9 2", "::1 3", "127.0.0.1 4", `${VIP} 5`]);
});

test("a stream to what is not published within is refused, and nothing is dialled", async () => {
  const { open, until, doorway } = egressTo({}, { host: "192.0.2.7", port: 80 });
  for (const port of [80, 81]) {
    const { got } = open(published(port));
    await until(() => got.error, "the refusal");
    assert.equal(got.error?.code, "not-published");
  }
  assert.deepEqual(doorway.connected, []);
});

test("a target that cannot be reached refuses its stream with its code, and is named", async () => {
  for (const [system, code, message] of [
    ["ECONNREFUSED", "refused", "Target 127.0.0.1:8080 refused the connection"],
    ["ETIMEDOUT", "timed-out", "Target 127.0.0.1:8080 cannot be reached"],
    ["EHOSTUNREACH", "unreachable", "Target 127.0.0.1:8080 cannot be reached"],
    ["EMFILE", "too-many-files", "Target 127.0.0.1:8080 cannot be reached"],
  ] as const) {
    const { open, until } = egressTo(failing(system), { host: "127.0.0.1", port: 8080 });
    const { got } = open(published(81));
    await until(() => got.error, "the refusal");
    assert.deepEqual([got.error?.code, got.error?.message, got.calls], [code, message, [`reset ${code}`]]);
  }
});

test("who goes while its target is dialled leaves no connection behind", async () => {
  const server = await startEcho();
  const mayConnect = Promise.withResolvers<void>();
  const connect = async () => {
    await mayConnect.promise;
    return dial(server);
  };
  const { open, until, streams } = egressTo({ connect }, { host: "127.0.0.1", port: 8080 });
  const { stream } = open(published(81));
  stream.reset("reset");
  await until(() => streams() === 0, "the stream to be over");
  mayConnect.resolve();
  await until(() => server.accepted() === 1 && server.open() === 0, "the connection to be gone");
  await server.stop();
});

test("an agent that no program was started with has no such part, and says so", () => {
  const part = insideHost();
  assert.throws(() => registerHostPart("inside", part), { code: "plugin-invalid", message: /for hosts that 'exec' starts/ });
});
