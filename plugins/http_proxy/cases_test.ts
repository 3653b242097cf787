// The HTTP proxy keeps the contract of a front-end.

import { test } from "node:test";
import { connectAt, type FrontEndSubject, frontEndCases } from "../../conformance/front_end_cases.ts";
import { ownListen } from "../../tests/support/entered_network.ts";
import { httpProxyHost } from "./host.ts";

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";
const shown = (own: FrontEndSubject["wanted"][0]["own"]) => [{ own: own ?? {} }, { name: "web", vip: "127.0.42.2" }];
const at = () => shown({ http: { listen: ownListen(), outside: "refuse" } });

for (const { name, run } of frontEndCases) {
  test(name, () =>
    run({
      part: httpProxyHost,
      wanted: at(),
      moved: at(),
      idle: shown({}),
      async enter(address) {
        const socket = await connectAt(address);
        socket.write("CONNECT web:8080 HTTP/1.1\r\nHost: web:8080\r\n\r\n");
        return socket;
      },
      replyBytes: ESTABLISHED.length,
    }),
  );
}
