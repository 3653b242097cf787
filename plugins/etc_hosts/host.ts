// Keeps the network's names in the host's /etc/hosts, in a block between two markers. Must never fail the host.

import { type FrontEnd, type HostContext, type HostPart, isIpv4, type Network, PLUGIN_API } from "../../core/mod.ts";
import { fileError } from "../support/files.ts";
import { hostLines, tellsTheSame } from "../support/host_lines.ts";
import { type Holding, keeper } from "../support/keeper.ts";
import { isLeft, runName } from "../support/run_name.ts";
import { withBlock } from "./block.ts";
import { changeFile, cleanUp } from "./hosts_file.ts";

const NAME = "etc-hosts";

/** The front-end of /etc/hosts. */
export const etcHostsHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(etcHostsFrontEnd()),
};

/** What the file is to tell of, and the own address. */
interface Wanted {
  readonly network: Network;
  readonly vip: string;
}

/** Makes the front-end for one host; `path` is the file to keep. */
export function etcHostsFrontEnd(path = "/etc/hosts"): (context: HostContext) => FrontEnd {
  return (context) => {
    const files = keeper<Wanted>({
      frontend: NAME,
      context,
      hold: blockIn,
      same: (before, now, isHeld) => isHeld && before.vip === now.vip && tellsTheSame(before.network, now.network),
      serves: () => "the file with the names of all hosts",
      failure: fileError,
    });
    return {
      name: NAME,
      reconcile() {
        const { vip } = context.self();
        const isWanted = context.settings("writeEtcHosts") !== undefined && isIpv4(vip);
        return files.keep(new Map(isWanted ? [[path, { network: context.network(), vip }]] : []));
      },
      stop: () => files.stop(),
    };
  };
}

/** The block of one network in a file. Several may give this host the same address: each has a block of its own. */
function blockIn(path: string): Holding<Wanted> {
  /** The own address and the block's name, which it is in. */
  let owner: { readonly vip: string; readonly name: string } | undefined;
  /** The lines that were put in, joined. */
  let held: string | undefined;
  let isMade = false;

  async function put(lines: readonly string[] | undefined, { vip, name }: NonNullable<typeof owner>): Promise<void> {
    // What was left behind is taken over.
    const change = (old: Uint8Array) => withBlock(old, { name, inherits: (other) => isLeft(other, vip) }, lines);
    isMade = (await changeFile(path, change, { copy: held === undefined })) || isMade;
    held = lines?.join("\n");
  }

  async function close(): Promise<void> {
    if (owner && held !== undefined) await put(undefined, owner);
    await cleanUp(path, isMade);
    owner = undefined;
    isMade = false;
  }

  return {
    async open({ network, vip }) {
      if (owner && owner.vip !== vip) await close();
      owner ??= { vip, name: runName(vip) };
      const lines = hostLines(network);
      if (held !== lines.join("\n")) await put(lines, owner);
    },
    close,
  };
}
