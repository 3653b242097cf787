// Keeps the network's names in the host's /etc/hosts, in a block between two markers. Must never fail the host.

import {
  type FrontEnd,
  type HostContext,
  isIpv4,
  type Network,
  type NoRouterError,
  PLUGIN_API,
  type Plugin,
} from "../../core/mod.ts";
import { fileError } from "../support/files.ts";
import { hostLines, tellsTheSame } from "../support/host_lines.ts";
import { isLeft, runName } from "../support/run.ts";
import { type Owner, withBlock } from "./block.ts";
import { changeFile, cleanUp } from "./hosts_file.ts";

const NAME = "etc-hosts";

/** The front-end of /etc/hosts. */
export const etcHostsPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(etcHostsFrontEnd()),
};

/** Makes the front-end for one host; `path` is the file to keep. */
export function etcHostsFrontEnd(path = "/etc/hosts"): (context: HostContext) => FrontEnd {
  return (context) => keeperOf(path, context);
}

function keeperOf(path: string, context: HostContext): FrontEnd {
  /** The lines that were put in, joined. */
  let held: string | undefined;
  /** The network that they tell of; undefined when they could not be brought up to date. */
  let shown: Network | undefined;
  let isMade = false;
  let isTried = false;
  /** What was reported last; empty before the first report. */
  let told = "";

  function tell(failure?: NoRouterError): void {
    const news = failure?.code ?? "served";
    if (news === told) return;
    told = news;
    if (!failure) context.report({ type: "frontend.listening", frontend: NAME, address: path, serves: "names" });
    else context.report({ type: "frontend.failed", frontend: NAME, address: path, code: failure.code, message: failure.message });
  }

  /** Several networks may give this host the same address: each has a block of its own, and takes over what was left behind. */
  const vip = () => context.self().vip;
  let name: string | undefined;
  const owner = (): Owner => {
    name ??= runName(vip());
    return { name, inherits: (other) => isLeft(other, vip()) };
  };

  async function put(lines: readonly string[]): Promise<void> {
    const wanted = lines.join("\n");
    if (held === wanted) return;
    const change = (old: Uint8Array) => withBlock(old, owner(), lines);
    isMade = (await changeFile(path, change, { copy: held === undefined })) || isMade;
    held = wanted;
  }

  return {
    name: NAME,
    async reconcile() {
      const network = context.network();
      if (!context.self().entrances?.writeEtcHosts || !isIpv4(vip())) return;
      if (shown && tellsTheSame(shown, network)) return;
      shown = undefined;
      isTried = true;
      try {
        await put(hostLines(network));
        shown = network;
        tell();
      } catch (thrown) {
        tell(fileError(path, thrown));
      }
    },
    async stop() {
      if (!isTried) return;
      try {
        if (held !== undefined) await changeFile(path, (old) => withBlock(old, owner(), undefined), { copy: false });
        await cleanUp(path, isMade);
      } catch {
        // The next run finds the block. Nobody is left to be told.
      }
    },
  };
}
