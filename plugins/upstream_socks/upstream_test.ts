// The pure parts: URLs of proxies, destinations for them, and sentences about their failures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFailure, rejectionOf, timeoutOf } from "./failures.ts";
import { nameForProxy, upstreamOf } from "./upstream.ts";

test("every scheme is read; names and passwords are decoded and never shown", () => {
  assert.deepEqual(upstreamOf(new URL("socks5://me:p%40ss%3Aw%C3%B6rd@Proxy.example:1081")), {
    version: 5,
    host: "Proxy.example",
    port: 1081,
    user: "me",
    password: "p@ss:wörd",
    shown: "socks5://Proxy.example:1081",
  });
  const versions = ["socks5", "socks5h", "socks4", "socks4a"].map((scheme) => upstreamOf(new URL(`${scheme}://h`)));
  assert.deepEqual(
    versions.map(({ version, port }) => [version, port]),
    [5, 5, 4, 4].map((version) => [version, 1080]),
  );
  assert.deepEqual(upstreamOf(new URL("socks5://[2001:db8::1]/")).host, "2001:db8::1");
  assert.equal(upstreamOf(new URL("socks5://100%:50%25@h")).user, "100%");
});

test("a destination is handed on as the routes saw it", () => {
  for (const host of ["web.test", "10.0.0.1", "2001:db8::1", "xn--bcher-kva.test", "a_b.test"])
    assert.equal(nameForProxy(host), host);
  assert.throws(() => nameForProxy("fe80::1%eth0"), { code: "unreachable" });
});

const PROXY = upstreamOf(new URL("socks5://me:secret@proxy.test"));
const TARGET = { host: "db.test", port: 5432 };

test("each failure has a code and a sentence that names the proxy", () => {
  const rejected = (reply: string) => rejectionOf(PROXY, TARGET, `Socks5 proxy rejected connection - ${reply}`);
  const shown = [
    ...["Failure", "NotAllowed", "NetworkUnreachable", "HostUnreachable", "ConnectionRefused", "TTLExpired"].map(rejected),
    ...["CommandNotSupported", "AddressNotSupported", "undefined"].map(rejected),
    rejectionOf(PROXY, TARGET, "Socks4 Proxy rejected connection - (Failed)"),
    rejectionOf(PROXY, TARGET, "Socks4 Proxy rejected connection - (RejectedIdent)"),
    rejectionOf(PROXY, TARGET, "Socks5 Authentication failed"),
    rejectionOf(PROXY, TARGET, "Received invalid Socks5 initial handshake (no accepted authentication type)"),
    rejectionOf(PROXY, TARGET, "Received invalid Socks5 initial handshake (invalid socks version)"),
    proxyFailure(PROXY, Object.assign(new Error("connect"), { code: "ECONNREFUSED" })),
    proxyFailure(PROXY, Object.assign(new Error("lookup"), { code: "ENOTFOUND" })),
    proxyFailure(PROXY, new Error("secret")),
    proxyFailure(PROXY, undefined),
    timeoutOf(PROXY, TARGET, true),
    timeoutOf(PROXY, TARGET, false),
  ].map(({ code, message }) => {
    assert.match(message, /^Proxy socks5:\/\/proxy\.test:1080 /);
    assert.ok(!/secret|me@/.test(message));
    return `${code}: ${message.slice("Proxy socks5://proxy.test:1080 ".length)}`;
  });
  assert.deepEqual(shown, [
    "upstream-failed: failed to connect to db.test:5432",
    "denied: does not allow connections to db.test:5432",
    "unreachable: has no way to db.test:5432",
    "unreachable: cannot reach db.test:5432",
    "refused: was refused by db.test:5432",
    "timed-out: got no answer in time from db.test:5432",
    "upstream-failed: does not serve connections to db.test:5432",
    "upstream-failed: does not serve addresses such as db.test:5432",
    "upstream-failed: failed to connect to db.test:5432",
    "unreachable: cannot connect to db.test:5432",
    "upstream-denied: refuses the name and password",
    "upstream-denied: refuses the name and password",
    "upstream-denied: refuses the name and password",
    "upstream-failed: does not speak SOCKS as expected",
    "upstream-failed: refuses connections",
    "upstream-failed: cannot be resolved",
    "upstream-failed: cannot be reached",
    "upstream-failed: ended the connection",
    "upstream-failed: does not answer",
    "timed-out: did not connect to db.test:5432 in time",
  ]);
});
