// Runs the cases of transports on a real host, with a far end in place of the agent. Must leave nothing on this machine.

import { existsSync } from "node:fs";
import { runCases } from "../../conformance/case.ts";
import { childrenOf } from "../../conformance/support/processes.ts";
import { type TransportSubject, transportCases } from "../../conformance/transport_cases.ts";
import { farEndCarrier } from "../../conformance/transport_on_host.ts";
import { messageOf } from "../../core/errors.ts";
import {
  type Carrier,
  type CarrierEnd,
  type HostSettings,
  NoRouterError,
  settlesWithin,
  type Transport,
} from "../../core/mod.ts";
import { farEndSource } from "./far_end.ts";
import { checkDescription, type NoteResult } from "./verify_checks.ts";

/** How long it may take until a far end has said its last words. */
const LAST_WORDS_MS = 60_000;
/** The exit code of a far end that was told to leave. */
const LEAVES_WITH = 7;
/** Notes each case. */
export async function checkOnHost(transport: Transport, settings: HostSettings, note: NoteResult): Promise<void> {
  checkDescription(transport, settings, note);
  const agents = farEndSource();
  try {
    const end = await lastWords(await farEndCarrier(transport, settings, agents, "leave"));
    if (!agents.asked) {
      const why = "the transport does not ask for the agent, so that nothing can be sent in its place";
      return note("cases on a real host", "left out", why);
    }
    note("a far end starts on the host", "ok");
    const before = ownChildren();
    const subject: TransportSubject = {
      open: (far) => farEndCarrier(transport, settings, agents, far),
      hasProcess: end.exitCode !== undefined,
      hasPressure: true,
      leftOver: () => ownChildren() - before,
      closeMs: 10_000,
    };
    // On a slow way 8 MiB take their time.
    for await (const { name, result, message } of runCases(transportCases, () => subject, { caseMs: 600_000 }))
      note(name, result, message);
  } catch (thrown) {
    note("a far end starts on the host", "failed", messageOf(thrown));
  } finally {
    await agents.remove();
  }
}

/** Lets a far end leave and tells how its carrier ended. @throws what kept it from starting */
async function lastWords(carrier: Carrier): Promise<CarrierEnd> {
  const ended = Promise.withResolvers<CarrierEnd>();
  try {
    carrier.start({ data: () => undefined, drain: () => undefined, closed: ended.resolve });
    carrier.write([Uint8Array.of(1)]);
    if (!(await settlesWithin(ended.promise, LAST_WORDS_MS)))
      throw new NoRouterError("agent-silent", `Nothing ended within ${LAST_WORDS_MS / 1000} seconds`);
    const end = await ended.promise;
    if (end.error) throw end.error;
    if (end.exitCode !== undefined && end.exitCode !== LEAVES_WITH) throw unexpected(end);
    return end;
  } finally {
    await carrier.close();
  }
}

function unexpected({ exitCode, stderr }: CarrierEnd): NoRouterError {
  const said = stderr.length === 0 ? "" : `: ${stderr.join(" | ")}`;
  return new NoRouterError("agent-failed", `The command ended with exit code ${exitCode}${said}`);
}

/** Processes that this one started; where there is no /proc they are not counted. */
function ownChildren(): number {
  return existsSync("/proc/self") ? childrenOf(process.pid).length : 0;
}
