// The forwarding egress keeps the contract of an egress.

import { after, before, test } from "node:test";
import { egressCases } from "../../conformance/egress_cases.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startEcho, type TestServer } from "../../tests/support/servers.ts";
import { forwardHost } from "./host.ts";

let server: TestServer | undefined;
before(async () => {
  server = await startEcho();
});
after(() => server?.stop());

for (const { name, run } of egressCases) {
  test(name, async () => {
    const { host = "", port = 0 } = server ?? {};
    const closed = await freePort("127.0.0.1");
    const ports = [
      { listen: 80, protocol: "tcp" as const, target: { host, port } },
      { listen: 81, protocol: "tcp" as const, target: { host: "127.0.0.1", port: closed } },
    ];
    const at = (port: number) => ({ kind: "published", port }) as const;
    await run({ part: forwardHost, hosts: [{ ports }], echo: at(80), refused: at(81) });
  });
}
