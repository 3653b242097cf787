// The lines that lead a shell's programs into the network: proxy variables and HOSTALIASES. Pure; must not look at the
// machine it runs on.

import { destinationOf, isIpv6, printable } from "../../core/mod.ts";

/** A shell whose language the lines can be written in; `sh` is every shell of POSIX. */
export type Shell = "sh" | "fish" | "powershell";

/** What a host has that variables can tell of. */
export interface ShellEntrances {
  /** Where the HTTP proxy listens: `address:port`, or `unix:` and a path. */
  readonly http?: string | undefined;
  /** Where the SOCKS proxy listens, in the same form. */
  readonly socks?: string | undefined;
  /** The folder with the file `hostaliases`, expanded and absolute. */
  readonly stateDir?: string | undefined;
  /**
   * Which proxies ask for a name and a password. As a text they are known, `name:password`; with `true` the lines read them
   * from the variable `NOROUTER_PROXY_AUTH` of whoever runs them.
   */
  readonly auth?: { readonly http?: boolean | string | undefined; readonly socks?: boolean | string | undefined } | undefined;
}

/** Loopback addresses used as VIPs must not be among them: without listening on loopback only a proxy reaches those. */
const NO_PROXY = "localhost,127.0.0.1,::1";
const AUTH = "NOROUTER_PROXY_AUTH";

/** How a shell writes things. */
interface Dialect {
  /** A text that stands for itself. */
  quote(text: string): string;
  /** Lines needed before {@link Dialect.auth} is used. */
  readonly before: readonly string[];
  /** The variable AUTH and `@` between two texts; nothing between them where it is not set. */
  auth(left: string, right: string): string;
  set(name: string, value: string): string;
}

const DIALECTS: Readonly<Record<Shell, Dialect>> = {
  sh: {
    quote: quoteSh,
    before: [],
    auth: (left, right) => `${quoteSh(left)}"\${${AUTH}:+$${AUTH}@}"${quoteSh(right)}`,
    set: (name, value) => `export ${name}=${value}`,
  },
  fish: {
    quote: quoteFish,
    before: ["set -l norouter_auth ''", `test -n "$${AUTH}"; and set norouter_auth "$${AUTH}@"`],
    auth: (left, right) => `${quoteFish(left)}"$norouter_auth"${quoteFish(right)}`,
    set: (name, value) => `set -gx ${name} ${value}`,
  },
  powershell: {
    quote: quotePowershell,
    before: [],
    auth: (left, right) =>
      `${quotePowershell(left)} + $(if ($env:${AUTH}) { $env:${AUTH} + '@' } else { '' }) + ${quotePowershell(right)}`,
    set: (name, value) => `$env:${name} = ${value}`,
  },
};

/**
 * Lines for a shell to run: the usual proxy variables for the proxies that are there, and `HOSTALIASES`. Comments stand last
 * and say what variables cannot. Empty when there is nothing to say; no text may hold a NUL.
 */
export function shellEnv(entrances: ShellEntrances, shell: Shell): string {
  const dialect = DIALECTS[shell];
  const { stateDir, auth } = entrances;
  const http = urlOf(dialect, "http", entrances.http, auth?.http);
  const socks = urlOf(dialect, "socks5h", entrances.socks, auth?.socks);
  const values: [string, string | undefined][] = [
    // Programs differ in which of the two they read, and some that read both take the upper case first.
    ...["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].map((name): [string, typeof http] => [name, http]),
    ...["all_proxy", "ALL_PROXY"].map((name): [string, typeof socks] => [name, socks]),
    ...["no_proxy", "NO_PROXY"].map((name): [string, typeof http] => [name, (http ?? socks) && dialect.quote(NO_PROXY)]),
    ["HOSTALIASES", stateDir === undefined ? undefined : dialect.quote(`${stateDir.replace(/\/$/, "")}/hostaliases`)],
  ];
  const asksFor = [http && auth?.http === true ? "HTTP" : "", socks && auth?.socks === true ? "SOCKS" : ""].filter(Boolean);
  const lines = [
    ...(asksFor.length > 0 ? dialect.before : []),
    ...values.flatMap(([name, value]) => (value === undefined ? [] : [dialect.set(name, value)])),
    ...asksFor.map((name) => `# The ${name} proxy asks for a name and a password: set ${AUTH} to 'name:password' before this.`),
    ...(asksFor.length > 0 ? ["# In them write %XX for everything but letters, digits and '-._~'."] : []),
    ...unixComment("HTTP", entrances.http),
    ...unixComment("SOCKS", entrances.socks),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** A proxy's URL in a shell's words; undefined where there is none that a URL can name. */
function urlOf(dialect: Dialect, scheme: string, listen: string | undefined, auth: boolean | string | undefined) {
  if (listen === undefined || listen === "" || listen.startsWith("unix:")) return undefined;
  const address = reachable(listen);
  if (auth === true) return dialect.auth(`${scheme}://`, address);
  const user = typeof auth === "string" && auth !== "" ? `${encodedAuth(auth)}@` : "";
  return dialect.quote(`${scheme}://${user}${address}`);
}

/** Where a program of the same machine connects to: what listens on every address is reached on the loopback's. */
function reachable(listen: string): string {
  const colon = listen.lastIndexOf(":");
  const { host } = destinationOf(listen.slice(0, colon), 0);
  const port = listen.slice(colon + 1);
  return `${isIpv6(host) ? `[${host.replace("%", "%25")}]` : host}:${port}`; // RFC 6874 section 2
}

/** `name:password` as it may stand in a URL (RFC 3986 section 3.2.1); the first colon parts the two. */
function encodedAuth(auth: string): string {
  const colon = auth.indexOf(":");
  const parts = colon === -1 ? [auth] : [auth.slice(0, colon), auth.slice(colon + 1)];
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join(":");
}

function unixComment(name: string, listen: string | undefined): string[] {
  if (!listen?.startsWith("unix:")) return [];
  return [`# The ${name} proxy listens on the Unix socket ${printable(listen.slice(5))}, which these variables cannot name.`];
}

/** POSIX.1 XCU section 2.2.2: nothing is special within single quotes. */
function quoteSh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Within fish's single quotes `\\` and `\'` are special, and nothing else. */
function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** A quote is doubled; PowerShell takes the typographic ones of U+2018 to U+201B for quotes as well. */
function quotePowershell(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}
