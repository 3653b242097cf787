// A transport on a host that it reaches, with a far end in place of the agent. Must not need anything of norouter on the host.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { NoRouterError } from "../core/errors.ts";
import { withLimits } from "../core/limits.ts";
import type { HostSettings } from "../core/manifest/types.ts";
import type { AgentFile, AgentSource } from "../core/plugin/agent_source.ts";
import type { Carrier } from "../core/plugin/carrier.ts";
import type { Transport } from "../core/plugin/transport.ts";
import { VERSION } from "../core/version.ts";
import type { FarEnd, TransportSubject } from "./transport_cases.ts";

/**
 * One module for Node, Deno and Bun. Its first line of input is what it does: `echo` sends back what it gets, `deaf` reads
 * nothing and ends after a minute, `leave` ends with code 7 at the next byte.
 */
const FAR_END = `import process from "node:process";
const { stdin, stdout, stderr } = process;
let line = "";
function first(chunk) {
  const end = chunk.indexOf(10);
  line += chunk.subarray(0, end < 0 ? chunk.length : end).toString();
  if (end < 0) return;
  stdin.off("data", first);
  stdin.pause();
  const rest = chunk.subarray(end + 1);
  if (line === "deaf") setTimeout(() => process.exit(0), 60_000);
  else if (line === "leave") rest.length > 0 ? leave() : stdin.once("data", leave).resume();
  else {
    if (rest.length > 0) stdout.write(rest);
    stdin.pipe(stdout);
  }
}
function leave() {
  stderr.write("last words\\n", () => stdout.write("bye", () => process.exit(7)));
}
stdin.on("data", first);
`;

/** The far end as one JavaScript module; the same in a clone and in an installed package. */
export function farEndScript(): Uint8Array {
  return new TextEncoder().encode(FAR_END);
}

/** Opens a carrier to a host where the far end of `agents` was started, and tells it what to do. */
export async function farEndCarrier(
  transport: Transport,
  settings: HostSettings,
  agents: AgentSource,
  far: FarEnd,
): Promise<Carrier> {
  const carrier = await transport.open({
    name: "verify",
    vip: "127.0.42.101",
    settings,
    limits: withLimits({}),
    agents,
    signal: new AbortController().signal,
    serveHere: () => {
      throw new NoRouterError("internal", "Transport serves the host inside the manager, which is not there");
    },
    chosen: () => undefined,
    progress: () => undefined,
    debug: () => undefined,
  });
  return {
    start: (handlers) => {
      carrier.start(handlers);
      carrier.write([new TextEncoder().encode(`${far}\n`)]);
    },
    write: (parts) => carrier.write(parts),
    close: () => carrier.close(),
  };
}

/**
 * What the cases of transports run on, for a transport that sends the agent, and a host that has Node, Deno or Bun. What was sent is
 * kept there as an agent would be.
 */
export function transportSubject(transport: Transport, settings: HostSettings): TransportSubject {
  return {
    open: (far) => farEndCarrier(transport, settings, SCRIPT_ONLY, far),
    hasProcess: true,
    hasPressure: true,
    leftOver: () => 0,
    closeMs: 10_000,
  };
}

const SCRIPT_ONLY: AgentSource = {
  sparesOthers: true,
  version: `${VERSION}-far-end`,
  choice: "runtime",
  script: async () => scriptFile(),
  engine: () => scriptOnly(),
  program: () => scriptOnly(),
};

async function scriptOnly(): Promise<never> {
  throw new NoRouterError("agent-unavailable", "The far end is a script; Node 22, Deno or Bun on the host was wanted");
}

function scriptFile(): AgentFile {
  const bytes = farEndScript();
  const packed = gzipSync(bytes);
  return {
    name: "agent.mjs",
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    async open(asGzip) {
      const sent = asGzip ? packed : bytes;
      const chunks = (async function* () {
        yield sent;
      })();
      return { size: sent.length, chunks };
    },
  };
}
