// A program that runs inside the network: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";
import { insideKey } from "./key.ts";

/** The front-end and egress of a program inside. */
export const insidePlugin: Plugin = {
  name: "inside",
  api: PLUGIN_API,
  // Published ports of such a host are the program's, in a network of its own.
  before: ["forward"],
  setup(context) {
    context.hostKey(insideKey);
    context.limits(DIAL_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).insideHost() },
};
