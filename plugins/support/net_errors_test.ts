// System errors to codes, as each runtime throws them.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { ErrorCode } from "../../core/mod.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { listen } from "./listen.ts";
import { dialErrorCode, listenErrorCode, localFailure } from "./net_errors.ts";

const systemError = (code: string) => Object.assign(new Error(code), { code });

test("dial errors", () => {
  const wanted: Record<string, ErrorCode> = {
    ECONNREFUSED: "refused",
    ECONNRESET: "reset",
    EHOSTUNREACH: "unreachable",
    ENETUNREACH: "unreachable",
    ETIMEDOUT: "timed-out",
    ENOTFOUND: "name-not-found",
    EAI_AGAIN: "name-not-found",
    EACCES: "denied",
    ESOMETHINGNEW: "unreachable",
  };
  for (const [code, own] of Object.entries(wanted)) assert.equal(dialErrorCode(systemError(code)), own, code);
});

test("what the machine itself lacks is not blamed on the target", () => {
  assert.equal(dialErrorCode({ code: "EMFILE" }), "too-many-files");
  assert.equal(localFailure({ code: "EADDRNOTAVAIL" }), "the machine has no local address or port left for it");
  assert.equal(localFailure({ code: "ECONNREFUSED" }), undefined);
});

test("listen errors", () => {
  const wanted: Record<string, ErrorCode> = {
    EADDRINUSE: "address-in-use",
    EADDRNOTAVAIL: "address-unavailable",
    EACCES: "address-denied",
    EMFILE: "too-many-files",
    ESOMETHINGNEW: "address-unavailable",
  };
  for (const [code, own] of Object.entries(wanted)) assert.equal(listenErrorCode(systemError(code)), own, code);
});

test("of several addresses that were tried, the first error counts", () => {
  const several = new AggregateError([systemError("ECONNREFUSED"), systemError("ENETUNREACH")]);
  assert.equal(dialErrorCode(several), "refused");
  assert.equal(dialErrorCode(new AggregateError([])), "unreachable");
  assert.equal(dialErrorCode(new Error("no code")), "unreachable");
});

test("what this runtime really throws", async () => {
  const host = ownVip();
  const port = await freePort(host);
  const refused = await new Promise((resolve) => connect({ host, port }).once("error", resolve));
  assert.equal(dialErrorCode(refused), "refused");
  const listener = await listen({ host, port: 0 }, () => undefined);
  const thrownBy = (promise: Promise<unknown>) =>
    promise.then(
      () => assert.fail("it listens"),
      (thrown: unknown) => thrown,
    );
  assert.equal(listenErrorCode(await thrownBy(listen({ host, port: listener.port }, () => undefined))), "address-in-use");
  assert.equal(
    listenErrorCode(await thrownBy(listen({ host: "192.0.2.1", port: 8080 }, () => undefined))),
    "address-unavailable",
  );
  listener.close();
});
