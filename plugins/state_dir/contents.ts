// What stands in the files of the state directory. Pure.

import { type HostId, type HostState, type Network, printable } from "../../core/mod.ts";
import { hostLines, namedHosts, tellsTheSame } from "../support/host_lines.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import { shellEnv } from "./shell_env.ts";

/**
 * What each file begins with: a file without it is somebody else's. In HOSTALIASES, which has no comments, it is an alias
 * `#` that nobody asks for.
 */
export const MARK = "# Made by norouter";

const GOES = `${MARK}, which removes it when it stops.`;

/** What the files tell of. */
export interface Told {
  readonly network: Network;
  readonly self: Pick<HostState, "id" | "vip">;
  /** Whether the host serves the addresses of others. */
  readonly loopback: boolean;
  readonly proxies: { readonly http: ProxySettings | undefined; readonly socks: ProxySettings | undefined };
}

/** True when the files of both are the same. */
export function tellSame(before: Told, now: Told): boolean {
  const settings = ({ self: { id, vip }, loopback, proxies }: Told) => JSON.stringify([id, vip, loopback, proxies]);
  return tellsTheSame(before.network, now.network) && settings(before) === settings(now);
}

/** The files by their names; `folder` is the absolute path of where they are, `run` tells this run of an agent from all others. */
export function stateFiles({ network, self, loopback, proxies }: Told, folder: string, run: string): ReadonlyMap<string, string> {
  return new Map([
    ["hosts", lines([GOES, ...hostLines(network)])],
    ["hostaliases", lines([GOES, ...hostAliases(network)])],
    ["proxy.env", proxyEnv(loopback, proxies, folder)],
    ["README.md", readme(network, self.id, folder, run)],
  ]);
}

/** Lines for HOSTALIASES (hostname(7)): an alias holds no dot, and what it stands for must be a name. */
function hostAliases(network: Network): string[] {
  return namedHosts(network).flatMap(({ vip, names }) =>
    names.filter((name) => !name.includes(".")).map((name) => `${name} ${vip}.nip.io`),
  );
}

function proxyEnv(loopback: boolean, { http, socks }: Told["proxies"], folder: string): string {
  const auth = { http: http?.auth !== undefined, socks: socks?.auth !== undefined };
  const env = shellEnv({ http: http?.listen, socks: socks?.listen, stateDir: folder, auth }, "sh");
  const none = !http && !socks ? "# This host has no proxy.\n" : "";
  const direct = loopback ? "" : "# This host does not listen on the addresses of others: only a proxy leads to them.\n";
  return `${GOES} For a POSIX shell: '. ./proxy.env'.\n${none}${direct}${env}`;
}

function readme(network: Network, self: HostId, folder: string, run: string): string {
  const shown = printable(folder).replaceAll("`", "\ufffd");
  const rows = namedHosts(network).map(({ host, vip, names }) => {
    const ports = host.ports.map(({ listen }) => listen).join(", ");
    return `| ${names[0]}${host.id === self ? " (here)" : ""} | ${vip} | ${names.slice(1).join(", ")} | ${ports} |`;
  });
  return `${MARK}
<!-- ${run} -->

norouter made the files in \`${shown}\`. It writes them anew when the network changes and removes
them when it stops. What you change here is lost.

| host | virtual IP | aliases | ports |
| ---- | ---------- | ------- | ----- |
${lines(rows)}
- \`hosts\`: the names in the form of /etc/hosts.
- \`proxy.env\`: proxy settings for a shell of POSIX. In a shell: \`. <this folder>/proxy.env\`. Programs that use a proxy then
  reach every host by name.
- \`hostaliases\`: names for programs that use the C library's resolver: \`HOSTALIASES=<this folder>/hostaliases curl http://NAME/\`.
  \`proxy.env\` sets it. Only names without a dot can be in it, glibc alone reads it, and it asks the system's resolver for a
  name of nip.io, a public service that answers with the address in the name. Nothing else of norouter uses it.
`;
}

/** The run that a README of ours is of; undefined for any other text. */
export function runOf(readme: string): string | undefined {
  return new RegExp(`^${MARK}\\n<!-- (.+) -->\\n`).exec(readme)?.[1];
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
