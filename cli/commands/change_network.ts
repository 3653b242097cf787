// `norouter reload`, `start`, `retry`, `drain`, `add`, `remove` and `stop`: changes of a running network.

import { type Diagnostic, formatDiagnostic } from "../../core/manifest/mod.ts";
import { NoRouterError } from "../../core/mod.ts";
import type { ApiRequest } from "../../plugins/api/client.ts";
import type { Io } from "../load/io.ts";
import { type AskingArgs, askNetwork } from "../load/networks.ts";
import { type ChangedNames, changeText } from "../ui/changes.ts";
import { wrapped } from "../ui/wrap.ts";

/** Which change. */
export type ChangeArgs = AskingArgs &
  (
    | { readonly command: "reload" }
    /** Without a host, the whole network. */
    | { readonly command: "stop"; readonly host: string | undefined }
    | { readonly command: "start"; readonly host: string }
    | { readonly command: "retry"; readonly host: string }
    | { readonly command: "drain"; readonly host: string; readonly undo: boolean }
    | { readonly command: "remove"; readonly host: string }
    /** `spec` is what stands under a host in a manifest, or "-" for standard input. */
    | { readonly command: "add"; readonly host: string; readonly spec: string }
  );

/** What the network answers to a change of its hosts. */
type Changed = ChangedNames & { readonly diagnostics: readonly Diagnostic[] };

/** What it answers to a drain. */
interface Drained {
  readonly host: string;
  readonly drained: boolean;
  readonly connections: number;
}

/** Reloading asks rules, which may take as long as whoever wrote them likes; to stop waits for hosts. */
const ANSWER_MS = 120_000;

/** Asks for the change, says what has become of it, and returns the exit code. */
export async function changeNetwork(args: ChangeArgs, io: Io): Promise<number> {
  const asked = { answerMs: ANSWER_MS, ...(await requestFor(args, io)) };
  const done = doneText(args);
  if (done) return askNetwork(args, asked, io, (_, network) => wrapped("", done(network)));
  if (args.command === "drain") return askNetwork<Drained>(args, asked, io, (answer) => wrapped("", drainedText(answer)));
  return askNetwork<Changed>(args, asked, io, (change) => {
    for (const finding of change.diagnostics) io.stderr(`${formatDiagnostic(finding)}\n`);
    const text = changeText(change);
    return wrapped("", text === undefined ? "Nothing has changed" : `Network has changed: ${text}`);
  });
}

/** What to say of a change that has no outcome to look at. */
function doneText(args: ChangeArgs): ((network: string) => string) | undefined {
  switch (args.command) {
    case "stop":
      return (network) => (args.host === undefined ? `Network ${network} is stopped` : `Host ${args.host} is being stopped`);
    case "start":
      return () => `Host ${args.host} is being started, and goes on until 'norouter stop ${args.host}'`;
    case "retry":
      return () => `Host ${args.host} is being started`;
    default:
      return undefined;
  }
}

function drainedText({ host, drained, connections }: Drained): string {
  if (!drained) return `Host ${host} gets new connections of services`;
  const left = connections === 0 ? "has none" : connections === 1 ? "still has one" : `still has ${connections}`;
  return `Host ${host} gets no new connections of services, and ${left}`;
}

async function requestFor(args: ChangeArgs, io: Pick<Io, "readInput">): Promise<ApiRequest> {
  if (args.command === "reload") return { method: "POST", path: "/v1/reload" };
  if (args.command === "stop" && args.host === undefined)
    return { method: "POST", path: "/v1/stop", body: { reason: "norouter stop" } };
  const path = `/v1/hosts/${encodeURIComponent(args.host ?? "")}`;
  if (args.command === "retry" || args.command === "start" || args.command === "stop")
    return { method: "POST", path: `${path}/${args.command}` };
  if (args.command === "drain") return { method: args.undo ? "DELETE" : "POST", path: `${path}/drain` };
  if (args.command === "remove") return { method: "DELETE", path };
  const body = args.spec === "-" ? await io.readInput("-") : args.spec;
  if (body.length === 0)
    throw new NoRouterError(
      "usage",
      "'--spec' is empty; what stands under a host in a manifest was wanted, such as '{ docker: db }'",
    );
  return { method: "PUT", path, body };
}
