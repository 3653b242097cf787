// A hostile agent that opens idle streams to port 8080 of a host (its id is the first argument, their number the second) once that
// host is ready, and stays.
import process from "node:process";
import { KIND } from "../../core/wire/frame.ts";
import { encodeOpen } from "../../core/wire/payload.ts";
import { startWireAgent } from "./wire_agent.ts";

const [to, streams] = process.argv.slice(2, 4).map(Number) as [number, number];
const payload = encodeOpen({ credit: 16 * 1024, target: { kind: "published", port: 8080 } });

startWireAgent({
  after: [to],
  begin: ({ send }) => {
    for (let stream = 1; stream <= streams; stream += 1) send({ kind: KIND.open, to, stream, payload });
  },
});
