// The egress of routes keeps the contract of an egress.

import { after, before, test } from "node:test";
import { egressCases } from "../../conformance/egress_cases.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startEcho, type TestServer } from "../../tests/support/servers.ts";
import { routesHost } from "./host.ts";

let server: TestServer | undefined;
before(async () => {
  server = await startEcho();
});
after(() => server?.stop());

for (const { name, run } of egressCases) {
  test(name, async () => {
    const { host = "", port = 0 } = server ?? {};
    const at = (port: number) => ({ kind: "address", host, port }) as const;
    await run({ part: routesHost, echo: at(port), refused: at(await freePort(host)) });
  });
}
