// Texts of the manifest as places: addresses, sockets, paths.

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { expandPath, isForeign, isLocal, placeOf } from "./place.ts";

test("addresses with ports, IPv6 in brackets, sockets", () => {
  assert.deepEqual(placeOf("127.0.0.1:18080"), { host: "127.0.0.1", port: 18080 });
  assert.deepEqual(placeOf("[::1]:80"), { host: "::1", port: 80 });
  assert.deepEqual(placeOf("localhost:80"), { host: "localhost", port: 80 });
  assert.deepEqual(placeOf("unix:/run/a.sock"), { path: "/run/a.sock" });
  assert.deepEqual(placeOf("unix:~/a.sock"), { path: `${homedir()}/a.sock` });
});

test("what only this machine can reach", () => {
  for (const listen of ["127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "LOCALHOST:1", "unix:/a"])
    assert.ok(isLocal(placeOf(listen)), listen);
  for (const listen of ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1", "1270.0.0.1:1"]) {
    assert.ok(!isLocal(placeOf(listen)), listen);
  }
});

test("home and variables, which are looked up on the host; one that is not set is named", () => {
  process.env.NOROUTER_TEST_PLACE = "/some where";
  try {
    assert.equal(expandPath("~"), homedir());
    assert.equal(expandPath("~/x"), `${homedir()}/x`);
    assert.equal(expandPath("/a/~/b"), "/a/~/b");
    assert.equal(expandPath("/a/~b"), "/a/~b");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the manifest's own form
    assert.equal(expandPath("${NOROUTER_TEST_PLACE}/y"), "/some where/y");
    assert.equal(expandPath("$NOROUTER_TEST_PLACE/y"), "/some where/y");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the manifest's own form
    assert.throws(() => expandPath("/x/${NOROUTER_NOT_SET}"), {
      code: "file-failed",
      message: /'NOROUTER_NOT_SET', which is not set/,
    });
  } finally {
    delete process.env.NOROUTER_TEST_PLACE;
  }
});

test("a client that came over loopback, a Unix socket or from the machine's own address is not foreign; one that has reset its connection is", () => {
  const port = placeOf("0.0.0.0:1080");
  const isForeignAt = (remoteAddress: string, localAddress = "192.0.2.1") => isForeign(port, { remoteAddress, localAddress });
  assert.equal(isForeign(placeOf("unix:/a"), {}), false);
  assert.equal(isForeign(port, { localAddress: "192.0.2.1" }), true);
  for (const own of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.1"]) assert.equal(isForeignAt(own), false);
  for (const other of ["192.0.2.2", "fe80::1%eth0", "::ffff:192.0.2.2"]) assert.equal(isForeignAt(other), true);
});
