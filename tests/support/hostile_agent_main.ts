// An agent that speaks the wire by itself (core/wire/SPEC.md) and reports facts as fast as its output drains.
// Arguments: the host that it says its streams go to.
import { once } from "node:events";
import process from "node:process";
import { encodeControl } from "../../core/wire/control.ts";
import { KIND, MANAGER, makeFrame, UNASSIGNED } from "../../core/wire/frame.ts";
import { preambleOf } from "../../core/wire/preamble.ts";

const to = Number(process.argv[2]);
const { stdin, stdout } = process;
for (const stream of [stdin, stdout]) stream.on("error", () => process.exit());
stdin.on("end", () => process.exit()).resume();

const frame = (source: number, message: Parameters<typeof encodeControl>[0]) =>
  Buffer.concat(makeFrame({ kind: KIND.control, source, destination: MANAGER }, encodeControl(message)).raw);
const facts = Array.from({ length: 1000 }, (_, stream) => ({ type: "stream.opened", stream, to, port: 80 }) as const);

stdout.write(preambleOf("agent"));
stdout.write(frame(UNASSIGNED, { type: "hello", agent: { version: "x", runtime: "x", pid: 1 }, network: "", seq: 0 }));
// The second host of the manifest.
const reports = frame(2, { type: "report", facts });
for (;;) if (!stdout.write(reports)) await once(stdout, "drain");
