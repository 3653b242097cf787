// The name server keeps the contract of a front-end, and its way to other hosts' names that of an egress.

import { test } from "node:test";
import { egressCases } from "../../conformance/egress_cases.ts";
import { frontEndCases } from "../../conformance/front_end_cases.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { dnsHost } from "./host.ts";

const at = async () => [{ own: { dns: { listen: `127.0.0.1:${await freePort("127.0.0.1")}` } } }];

for (const { name, leftOut, run } of frontEndCases) {
  test(`front-end: ${name}`, async (context) => {
    const subject = { part: dnsHost, wanted: await at(), moved: await at(), idle: [{ own: {} }] };
    const why = leftOut?.(subject);
    if (why === undefined) await run(subject);
    else context.skip(why);
  });
}

for (const { name, leftOut, run } of egressCases) {
  test(`egress: ${name}`, { skip: leftOut?.({ part: dnsHost }) ?? false }, () => run({ part: dnsHost }));
}
