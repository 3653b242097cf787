// Clients of a sticky service: one number for each address, whatever its form, and none for this machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientMark } from "./client_mark.ts";

const sticky = { service: { policy: "first", hosts: [2], sticky: true } } as const;
const mark = (remoteAddress: string | undefined, host: Parameters<typeof clientMark>[0] = sticky) =>
  clientMark(host, { remoteAddress } as never);

test("an address has its number, and another one another", () => {
  const { client } = mark("192.0.2.1");
  assert.ok(Number.isInteger(client) && Number(client) >= 0 && Number(client) < 2 ** 32);
  assert.deepEqual(mark("192.0.2.1"), { client });
  assert.deepEqual(mark("::ffff:192.0.2.1"), { client });
  assert.notDeepEqual(mark("192.0.2.2"), { client });
});

test("programs on this machine are one client, and other hosts want no number", () => {
  for (const address of ["127.0.0.1", "127.0.42.100", "::1", undefined]) assert.deepEqual(mark(address), {});
  assert.deepEqual(mark("192.0.2.1", {}), {});
  assert.deepEqual(mark("192.0.2.1", { service: { policy: "first", hosts: [2] } }), {});
});
