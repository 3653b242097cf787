// A hostile agent that reports facts as fast as its output drains. Argument: the host that it says its streams go to.
import process from "node:process";
import { encodeControl } from "../../core/wire/control.ts";
import { KIND, MANAGER } from "../../core/wire/frame.ts";
import { startWireAgent } from "./wire_agent.ts";

const to = Number(process.argv[2]);
const facts = Array.from({ length: 1000 }, (_, stream) => ({ type: "stream.opened", stream, to, port: 80 }) as const);

startWireAgent({
  after: [],
  begin: async ({ bytesOf, write }) => {
    const report = bytesOf({ kind: KIND.control, to: MANAGER, payload: encodeControl({ type: "report", facts }) });
    for (;;) await write(report);
  },
});
