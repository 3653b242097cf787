// What a plugin in a single file gets handed, so that it needs no import and no `node_modules` of its own. What is here
// is for others to rely on: it is added to, nothing is taken away.

import { settingOf, settingsOf } from "../../core/manifest/keys/mod.ts";
import { memoryStore, NoRouterError, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { processCarrier } from "./process_carrier.ts";
import { shellTransport } from "./shell_transport.ts";

/** The parts that transports are made of. */
export const toolkit = {
  /** The version of the contract that a plugin made with this is written for. */
  PLUGIN_API,
  /** The error to throw: a code of the table and a sentence. */
  NoRouterError,
  /** A store of the log that lives as long as its process. */
  memoryStore,
  /** A carrier over the standard input and output of a command. */
  processCarrier,
  /** The schema of a key in the manifest that is a mapping. */
  settingsOf,
  /** The schema of a key in the manifest that is one value. */
  settingOf,
  /** A whole transport for a tool that runs a shell on the host; the agent is sent. */
  shellTransport,
} as const;

/** The type of {@link toolkit}. */
export type Toolkit = typeof toolkit;

/** The default export of a plugin's module that wants the toolkit. */
export type PluginFactory = (toolkit: Toolkit) => Plugin;
