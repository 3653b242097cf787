// What may stand in `plugins`: the form of a specifier. Must not load anything.

import { type Parsed, wrong } from "./parsed.ts";
import { quoted } from "./visible.ts";

/** A path of a module, a `file:` URL, a package's name with or without `npm:`, or `jsr:` and a name. */
export function parseSpecifier(text: string): Parsed<string> {
  if (text.trim() === "") return wrong("A specifier of 'plugins' is empty, a path or a package was wanted");
  if (text.includes("\0")) return wrong("A specifier of 'plugins' holds a NUL character");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && !["file", "npm", "jsr"].includes(scheme)) {
    return wrong(
      `Plugin ${quoted(text)} is a '${scheme}:' address, a path or a package was wanted`,
      "Save it beside the manifest",
    );
  }
  if (/^[^./\\]+\.[cm]?[jt]sx?$/i.test(text)) return wrong(`Plugin ${quoted(text)} is not a path`, `Write './${text}'`);
  return { value: text };
}
