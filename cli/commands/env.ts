// `norouter env`: prints the lines that lead a shell's programs into the network.

import { basename } from "node:path";
import { formatDiagnostic, type HostSpec } from "../../core/manifest/mod.ts";
import { ERRORS, isOwnHost, NoRouterError } from "../../core/mod.ts";
import type { StateDirSpec } from "../../plugins/state_dir/key.ts";
import { type Shell, shellEnv } from "../../plugins/state_dir/shell_env.ts";
import { expandPath } from "../../plugins/support/place.ts";
import type { ProxySpec } from "../../plugins/support/proxy_settings.ts";
import { type Io, loadManifest } from "../load/io.ts";

const SHELLS: readonly string[] = ["sh", "fish", "powershell"] satisfies Shell[];

/** What `env` is asked for. */
export interface EnvArgs {
  readonly file: string;
  /** Name of a host; undefined for the manager's own. */
  readonly host: string | undefined;
  /** A {@link Shell}; undefined for the user's own. */
  readonly shell: string | undefined;
  /** Passwords of proxies are written out; else the lines read them from a variable. */
  readonly withPassword: boolean;
}

/**
 * Prints the lines for one host and returns the exit code.
 * @param userShell Path of the user's shell.
 * @throws NoRouterError `usage`
 */
export async function env(
  { file, host: name, shell, withPassword }: EnvArgs,
  io: Io,
  userShell: string | undefined = process.env.SHELL,
): Promise<number> {
  const { manifest, diagnostics, code } = await loadManifest(file, io);
  for (const finding of diagnostics) io.stderr(`${formatDiagnostic(finding)}\n`);
  if (!manifest) return ERRORS[code].exit;
  const spec = hostFor(manifest.hosts, name);
  const [http, socks] = [proxyOf(spec, "http"), proxyOf(spec, "socks")];
  if (!http && !socks) {
    const wanted = `add 'http: { listen: "127.0.0.1:18080" }' to it in the manifest`;
    throw new NoRouterError("usage", `Host "${spec.name}" has no proxy that programs could use; ${wanted}`);
  }
  const auth = (proxy: ProxySpec | undefined) => {
    if (!proxy?.auth) return undefined;
    return withPassword ? `${proxy.auth.user}:${proxy.auth.password}` : true;
  };
  const entrances = {
    http: http?.listen,
    socks: socks?.listen,
    stateDir: stateDirOf(spec),
    auth: { http: auth(http), socks: auth(socks) },
  };
  io.stdout(shellEnv(entrances, shellOf(shell, userShell)));
  return 0;
}

/** A proxy that the host has. */
function proxyOf({ keys }: HostSpec, key: string): ProxySpec | undefined {
  const spec = keys[key] as ProxySpec | undefined;
  return spec?.listen ? spec : undefined;
}

/** The folder, where it is known here: what `~` stands for on another host is not. */
function stateDirOf(spec: HostSpec): string | undefined {
  const { pathOnAgent, disable } = (spec.keys.stateDir ?? { disable: true }) as Partial<StateDirSpec>;
  if (disable || pathOnAgent === undefined) return undefined;
  if (isOwnHost(spec)) return expandPath(pathOnAgent);
  return /^\/[^$]*$/.test(pathOnAgent) ? pathOnAgent : undefined;
}

function shellOf(wanted: string | undefined, userShell = ""): Shell {
  const own = /^(fish|pwsh|powershell)(\.exe)?$/i.exec(basename(userShell))?.[1]?.toLowerCase();
  const shell = wanted ?? (own === undefined ? "sh" : own === "fish" ? "fish" : "powershell");
  if (SHELLS.includes(shell)) return shell as Shell;
  throw new NoRouterError("usage", `Shell "${shell}" is not known, one of ${SHELLS.join(", ")} was wanted`);
}

function hostFor(hosts: readonly HostSpec[], name: string | undefined): HostSpec {
  const own = hosts.find(isOwnHost);
  const found = name === undefined ? own : hosts.find((host) => host.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  if (name === undefined) throw new NoRouterError("usage", "No host of the manifest is this machine; name one with --host");
  throw new NoRouterError("usage", `There is no host "${name}", one of ${hosts.map((host) => host.name).join(", ")} was wanted`);
}
