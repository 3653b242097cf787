// Addresses of this machine, and others.

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { isOwnAddress } from "./own_address.ts";

test("every address of this machine is its own, and those of others are not", async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of own.filter(({ scopeid }) => !scopeid)) assert.equal(await isOwnAddress(address), true, address);
  for (const address of ["127.9.8.7", "0.0.0.0"]) assert.equal(await isOwnAddress(address), true, address);
  for (const address of ["192.0.2.1", "198.51.100.7"]) assert.equal(await isOwnAddress(address), false, address);
});
