// For tests of transports: a tool of any name that runs a shell on this machine, or says what the real one said. The real tools are
// met in the end-to-end tests.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after } from "node:test";
import { join, quote } from "shlex";
import { waitFor } from "../../conformance/support/wait.ts";
import type { TransportSubject } from "../../conformance/transport_cases.ts";
import {
  type AgentSource,
  type Carrier,
  type CarrierEnd,
  type ErrorCode,
  type HostSettings,
  type Limits,
  type Plugin,
  registerPlugins,
  type Transport,
  withLimits,
} from "../../core/mod.ts";
import { agentFile, fakeHost, fakeSource } from "./fake_host.ts";
import { farProcess } from "./far_process.ts";
import { tempDir } from "./lifetime.ts";

/** The transport that a plugin registers. */
export function transportOf(plugin: Plugin): Transport {
  return registerPlugins([plugin]).transports[0] as Transport;
}

/** What the tests of this file made; not every runtime tells of the end of a test process. */
const made: { remove(): void }[] = [];
after(() => {
  for (const one of made.splice(0)) one.remove();
});

/** A folder with a shell script by the name of a tool. */
function toolFolder(name: string, script: string): string {
  const dir = tempDir("tool");
  made.push(dir);
  mkdirSync(`${dir.path}/bin`);
  writeFileSync(`${dir.path}/bin/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(`${dir.path}/bin/${name}`, 0o755);
  return `${dir.path}/bin`;
}

/** Opens a host while a folder stands before all others in the PATH. Other tests of this process see nothing of it later. */
async function openWith(folder: string, ...host: Parameters<typeof openHost>): Promise<Carrier> {
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  try {
    return await openHost(...host);
  } finally {
    process.env.PATH = before;
  }
}

/** Opens a host with these settings, as the manifest would give them. */
export async function openHost(
  plugin: Plugin,
  value: unknown,
  agents: AgentSource = fakeSource(),
  limits: Partial<Limits> = {},
  further: { readonly agentDir?: string; readonly failed?: ErrorCode } = {},
): Promise<Carrier> {
  const { agentDir, failed } = further;
  const { transports, keys } = registerPlugins([plugin]);
  const transport = transports[0] as Transport;
  const checked = await keys.host[0]?.schema["~standard"].validate(value);
  if (!checked || checked.issues) throw new Error(JSON.stringify(checked?.issues));
  return transport.open({
    name: "web",
    vip: "127.0.42.101",
    settings: { [plugin.name]: checked.value, ...(agentDir === undefined ? {} : { agentDir }) } as HostSettings,
    ...(failed === undefined ? {} : { failed }),
    limits: withLimits({ stopMs: 500, ...limits }),
    agents,
    signal: new AbortController().signal,
    serveHere: () => undefined,
    chosen: () => undefined,
    progress: () => undefined,
    debug: () => undefined,
  });
}

/** The subject of the transport cases: the tool finds its last word, `sh`, on this machine. */
export function toolSubject(plugin: Plugin, value: unknown): TransportSubject {
  const host = fakeHost();
  made.push(host);
  const folder = toolFolder(plugin.name, `while [ $# -gt 1 ]; do shift; done; exec ${host.argv(['"$@"']).join(" ")}`);
  const { argv, leftOver } = farProcess("plain");
  return {
    open: (far) => {
      const agent = new TextEncoder().encode(`#!/bin/sh\n[ "$1" != version ] || exit 0\nexec ${join([...argv(far)])}\n`);
      return openWith(folder, plugin, value, fakeSource([agentFile("agent", agent)]));
    },
    hasProcess: true,
    hasPressure: true,
    leftOver,
    closeMs: 10_000,
  };
}

async function endOf(carrier: Carrier): Promise<CarrierEnd> {
  const ends: CarrierEnd[] = [];
  carrier.start({ data: () => undefined, drain: () => undefined, closed: (end) => void ends.push(end) });
  await waitFor(() => ends.length > 0, { what: "the end of the tool" });
  await carrier.close();
  return ends[0] as CarrierEnd;
}

/** The words that a tool is started with. */
export async function wordsFor(plugin: Plugin, value: unknown): Promise<string> {
  const folder = toolFolder(plugin.name, `printf '%s ' "$@" >&2; exit 9`);
  return (await endOf(await openWith(folder, plugin, value))).stderr.join("\n").trim();
}

/** What a real tool wrote when it failed. */
export interface Said {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code: number;
}

/** What a transport makes of it: `code: sentence`. */
export async function meaningOf(plugin: Plugin, value: unknown, { stdout = "", stderr = "", code }: Said): Promise<string> {
  const folder = toolFolder(plugin.name, `printf '%s\\n' ${quote(stdout)}; printf '%s\\n' ${quote(stderr)} >&2; exit ${code}`);
  const { error } = await endOf(await openWith(folder, plugin, value));
  return error ? `${error.code}: ${error.message}` : "";
}
