// The loopback front-end keeps the contract of a front-end.

import { test } from "node:test";
import { connectAt, frontEndCases } from "../../conformance/front_end_cases.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { loopbackHost } from "./host.ts";

for (const { name, run } of frontEndCases) {
  test(name, async () => {
    const [vip, other] = [ownVip(), ownVip()];
    const ports = [{ listen: await freePort(vip), protocol: "tcp" as const }];
    const shown = (vip: string, own = {}) => [
      { own, ports: [] },
      { name: "web", vip, ports },
    ];
    const on = { loopback: {} };
    await run({
      part: loopbackHost,
      wanted: shown(vip, on),
      moved: shown(other, on),
      idle: shown(vip),
      enter: (address) => connectAt(address),
    });
  });
}
