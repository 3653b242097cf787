// The API as HTTP: methods, parameters, paths and connections that clients get wrong or use to the full.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { cleanly } from "../../conformance/in_process.ts";
import { apiNetwork, socketFolder } from "../../tests/support/api_network.ts";
import { documentOf } from "./openapi.ts";
import { ROUTES } from "./routes.ts";
import { serveApi } from "./server.ts";
import { followStreams } from "./streams.ts";

/** What a server says to these bytes until it ends the connection, or until what is said satisfies. */
function told(path: string, text: string, enough: (said: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect({ path }, () => void socket.write(text));
    const done = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
      if (enough(said)) done();
    });
    socket.once("end", done).once("error", reject);
  });
}

const asked = (method: string, target: string, more = "") => `${method} ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const last = "Connection: close\r\n";
const statusOf = (said: string) => said.split(" ")[1];
const codeOf = (said: string) => /"code":"([a-z-]+)"/.exec(said)?.[1];

test(
  "a method that a path does not have is refused with those that it has",
  cleanly(async (make) => {
    const { path, world } = await apiNetwork(make);
    await world.settled();
    for (const [method, target, allowed] of [
      ["DELETE", "/v1/network", "GET, HEAD"],
      ["OPTIONS", "/v1/hosts/web", "GET, HEAD, PUT, DELETE"],
      ["GET", "/v1/hosts/web/retry", "POST"],
      ["PATCH", "/v1/stop", "POST"],
    ] as const) {
      const said = await told(path, asked(method, target, last));
      assert.deepEqual([statusOf(said), codeOf(said)], ["405", "method-refused"]);
      assert.match(said, new RegExp(`\r\nallow: ${allowed}\r\n`, "i"));
    }
  }),
);

test(
  "HEAD is answered as GET, without a body",
  cleanly(async (make) => {
    const { path, world } = await apiNetwork(make);
    await world.settled();
    for (const [target, status] of [
      ["/v1/network", "200"],
      ["/v1/hosts/no", "404"],
      ["/v1/events?follow=true", "200"],
    ] as const) {
      const said = await told(path, asked("HEAD", target, last));
      assert.deepEqual([statusOf(said), said.endsWith("\r\n\r\n")], [status, true], said);
    }
    assert.equal(statusOf(await told(path, asked("HEAD", "/v1/stop", last))), "405");
  }),
);

test(
  "parameters that are no numbers, no flags or no text are refused with a sentence",
  cleanly(async (make) => {
    const { path, world } = await apiNetwork(make);
    await world.settled();
    for (const query of [
      "since=-1",
      "since=1e3",
      "since=1.5",
      "since=9999999999999999",
      "follow=yes",
      "follow=1",
      "follow=TRUE",
    ]) {
      const said = await told(path, asked("GET", `/v1/events?${query}`, last));
      assert.deepEqual([statusOf(said), codeOf(said)], ["400", "usage"], query);
      assert.match(said, new RegExp(`'${query.split("=")[0]}'`));
    }
    assert.equal(statusOf(await told(path, asked("GET", "/v1/events?follow=false&since=0", last))), "200");
    const wrong = await told(path, asked("GET", "/v1/hosts/%ff", last));
    assert.deepEqual([statusOf(wrong), codeOf(wrong)], ["400", "bad-request"]);
    const { paths } = documentOf(ROUTES) as {
      paths: Record<string, { get: { responses: Record<string, { description: string }> } }>;
    };
    assert.match(paths["/v1/hosts/{name}"]?.get.responses["400"]?.description ?? "", /`bad-request`/);
  }),
);

test(
  "requests that are sent one behind the other on a connection are all answered, however long one takes",
  cleanly(async (make) => {
    const { control, world } = await apiNetwork(make);
    await world.settled();
    const path = `${socketFolder()}.sock`;
    const streams = followStreams(control);
    const server = await serveApi({ path, called: "net", control, streams, debug: () => undefined, requestMs: 50 });
    const follows = Promise.withResolvers<void>();
    const answered = told(path, asked("GET", "/v1/network") + asked("GET", "/v1/events?follow=true"), (said) => {
      if (said.includes("host.ready")) follows.resolve();
      return said.includes("network.stopped");
    });
    await follows.promise;
    // By then a connection without a request would have been cut.
    await told(path, "");
    await control.stop("over");
    assert.match(await answered, /network.stopped/);
    await server.stop();
    streams.stop();
  }),
);
