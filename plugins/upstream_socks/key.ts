// The key of a route whose `via` is the URL of a SOCKS proxy. The log has the URL without its password.

import { maskedVia, type Parsed, quoted, settingOf, wrong } from "../../core/manifest/keys/mod.ts";
import type { PluginKey } from "../../core/mod.ts";

/** Its name. */
export const UPSTREAM = "upstream";

/** What a SOCKS proxy's URL may begin with; names are always resolved by the proxy. */
const SCHEMES: readonly string[] = ["socks5", "socks5h", "socks4", "socks4a"];
const HINT = "Write 'socks5://proxy.example.com:1080'";

/** The proxy that the manager's own host reaches a route's destinations through. */
export const upstreamKey: PluginKey<string> = {
  name: UPSTREAM,
  description: "Or the URL of a SOCKS proxy that the manager's own host reaches them through.",
  schemes: SCHEMES,
  schema: settingOf({
    type: "text",
    parse: parseUpstream,
    description: "URL of the proxy.",
    examples: ["socks5://me:secret@proxy.example.com:1080"],
  }),
  expose: (url) => ({ own: { url: shown(new URL(url)) }, secret: url }),
};

/** The URL of a SOCKS proxy. What is wrong with it is said without its password. */
function parseUpstream(text: string): Parsed<string> {
  const scheme = (maskedVia(text).split("://")[0] ?? "").toLowerCase();
  if (!SCHEMES.includes(scheme)) return wrong(`A proxy of ${quoted(`${scheme}:`)} is not served, one of SOCKS was wanted`, HINT);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) return wrong("'via' is not the URL of a proxy", HINT);
  if (url.search || url.hash || !["", "/"].includes(url.pathname)) return wrong("The URL of a proxy ends behind its port");
  if (scheme.startsWith("socks4") && url.password) return wrong("SOCKS4 has no passwords", "Leave it out, or use 'socks5://'");
  return { value: text };
}

/** A proxy's address for people. */
function shown({ protocol, username, host }: URL): string {
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}`;
}
