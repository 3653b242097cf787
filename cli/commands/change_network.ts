// `norouter reload`, `retry`, `add`, `remove` and `stop`: changes of a running network.

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
    | { readonly command: "stop" }
    | { readonly command: "retry"; readonly host: string }
    | { readonly command: "remove"; readonly host: string }
    /** `spec` is what stands under a host in a manifest, or "-" for standard input. */
    | { readonly command: "add"; readonly host: string; readonly spec: string }
  );

/** What the network answers to a change of its hosts. */
type Changed = ChangedNames & { readonly diagnostics: readonly Diagnostic[] };

/** Reloading asks rules, which may take as long as whoever wrote them likes; to stop waits for hosts. */
const ANSWER_MS = 120_000;

/** Asks for the change, says what has become of it, and returns the exit code. */
export async function changeNetwork(args: ChangeArgs, io: Io): Promise<number> {
  const asked = { answerMs: ANSWER_MS, ...(await requestFor(args, io)) };
  if (args.command === "stop") return askNetwork(args, asked, io, (_, network) => wrapped("", `Network ${network} is stopped`));
  if (args.command === "retry") return askNetwork(args, asked, io, () => wrapped("", `Host ${args.host} is being started`));
  return askNetwork<Changed>(args, asked, io, (change) => {
    for (const finding of change.diagnostics) io.stderr(`${formatDiagnostic(finding)}\n`);
    const text = changeText(change);
    return wrapped("", text === undefined ? "Nothing has changed" : `Network has changed: ${text}`);
  });
}

async function requestFor(args: ChangeArgs, io: Pick<Io, "readInput">): Promise<ApiRequest> {
  if (args.command === "reload") return { method: "POST", path: "/v1/reload" };
  if (args.command === "stop") return { method: "POST", path: "/v1/stop", body: { reason: "norouter stop" } };
  const path = `/v1/hosts/${encodeURIComponent(args.host)}`;
  if (args.command === "retry") return { method: "POST", path: `${path}/retry` };
  if (args.command === "remove") return { method: "DELETE", path };
  const body = args.spec === "-" ? await io.readInput("-") : args.spec;
  if (body.length === 0)
    throw new NoRouterError(
      "usage",
      "'--spec' is empty; what stands under a host in a manifest was wanted, such as '{ docker: db }'",
    );
  return { method: "PUT", path, body };
}
