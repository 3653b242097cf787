// The far end of a carrier as a process of its own: `far_end.ts BEHAVIOUR plain|stdio MARK`. With `plain` it uses
// the process's own streams, with `stdio` the agent's carrier. The mark is for whoever looks for left-overs.

import process from "node:process";
import type { Carrier } from "../core/plugin/carrier.ts";
import { stdioCarrier } from "../transports/stdio/mod.ts";

const [behaviour, kind] = process.argv.slice(2);

if (behaviour === "deaf") setInterval(() => undefined, 60_000);
else if (kind === "plain") servePlain();
else serveCarrier(stdioCarrier());

function servePlain(): void {
  if (behaviour === "echo") process.stdin.pipe(process.stdout);
  else
    process.stdin.once("data", () => {
      process.stderr.write("last words\n", () => process.stdout.write("bye", () => process.exit(7)));
    });
}

function serveCarrier(carrier: Carrier): void {
  carrier.start({
    data(chunk) {
      if (behaviour === "echo") carrier.write([chunk]);
      else leave(carrier);
    },
    drain: () => undefined,
    closed: () => {
      if (behaviour === "echo") void carrier.close();
    },
  });
}

let leaving = false;
function leave(carrier: Carrier): void {
  if (leaving) return;
  leaving = true;
  carrier.write([new TextEncoder().encode("bye")]);
  process.stderr.write("last words\n", () => void carrier.close().then(() => process.exit(7)));
}
