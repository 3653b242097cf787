// The key `exec` of a host: the words of a program.

import { quoted, settingOf } from "../../core/manifest/keys/mod.ts";
import type { CheckedManifest, Note } from "../../core/mod.ts";

/** The name of the key. */
export const EXEC = "exec";

/** The words: the program, then its arguments. */
export const EXEC_SCHEMA = settingOf({
  type: "list of strings",
  description: "The program and its arguments; no shell reads them.",
  dash: true,
  examples: [["node", "server.js"]],
});

/** There has to be a first word. */
export function checkPrograms({ hosts }: CheckedManifest, note: Note): void {
  for (const { name, settings } of hosts) {
    if (!Array.isArray(settings[EXEC]) || settings[EXEC].length > 0) continue;
    const message = `Host ${quoted(name)} has 'exec' without a program`;
    note({ severity: "error", message, hint: "Write its words: 'exec: [node, server.js]'", at: { host: name, key: EXEC } });
  }
}
