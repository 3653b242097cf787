// The SOCKS proxy keeps the contract of a front-end.

import { test } from "node:test";
import { connectAt, type FrontEndSubject, frontEndCases } from "../../conformance/front_end_cases.ts";
import { ownListen } from "../../tests/support/entered_network.ts";
import { request5 } from "../../tests/support/socks_raw.ts";
import { socksHost } from "./host.ts";

const shown = (own: FrontEndSubject["wanted"][0]["own"]) => [{ own: own ?? {} }, { name: "web", vip: "127.0.42.2" }];
const at = () => shown({ socks: { listen: ownListen(), outside: "refuse" } });

for (const { name, run } of frontEndCases) {
  test(name, () =>
    run({
      part: socksHost,
      wanted: at(),
      moved: at(),
      idle: shown({}),
      async enter(address) {
        const socket = await connectAt(address);
        socket.write(Uint8Array.of(5, 1, 0, ...request5({ host: "web", port: 8080 })));
        return socket;
      },
      replyBytes: 12,
    }),
  );
}
