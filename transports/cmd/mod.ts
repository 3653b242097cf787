// Reaches a host through any command that passes standard input and output to `norouter agent` there.

import { join } from "shlex";
import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { processCarrier } from "../support/process_carrier.ts";

/** Claims hosts with `cmd`; appends the word `agent` to the command. */
export const cmdTransport: Plugin = {
  name: "cmd",
  api: PLUGIN_API,
  setup(context) {
    context.transport({
      name: "cmd",
      claims: ({ cmd }) => cmd !== undefined,
      describe: ({ cmd = [] }) => join([...cmd]),
      open: ({ settings: { cmd = [] }, limits, debug }) => processCarrier({ argv: [...cmd, "agent"], limits, debug }),
    });
  },
};
