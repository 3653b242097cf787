// The key `onDemand` of a host in the manifest: it is started at its first use, and stopped when nobody uses it.

import { type Parsed, settingsOf, wrong } from "../../core/manifest/keys/mod.ts";
import { type CheckedManifest, DURATION_PATTERN, durationMs, isOwnHost, type Note, type PluginKey } from "../../core/mod.ts";

/** When a host runs, as the manifest has it. */
export interface OnDemandSpec {
  /** How long nobody uses it before it is stopped; absent: it goes on. */
  readonly idle?: string;
  /** How long a connection waits for it. */
  readonly timeout: string;
  /** A port that has to answer, or a command that has to succeed; absent: the agent alone has to be there. */
  readonly ready?: string;
  /** Command that starts it. */
  readonly start?: string;
  /** Command that stops it. */
  readonly stop?: string;
  /** Command that tells whether it runs already. */
  readonly running?: string;
  /** Where these commands run; absent: as the way to the host has it. */
  readonly on?: "host" | "manager";
}

/** What the own host has to know. */
export interface OwnSettings {
  readonly ready: string;
}

const COMMAND = { type: "text", minLength: 1, parse: parseCommand } as const;

/** When a host runs. */
export const onDemandKey: PluginKey<OnDemandSpec> = {
  name: "onDemand",
  description: "The host is started at its first use and stopped when nobody uses it, instead of with the network.",
  template: true,
  schema: settingsOf({
    unknown: "warn",
    fields: {
      idle: {
        ...{ type: "text", parse: parseDuration, pattern: new RegExp(DURATION_PATTERN) },
        description: "How long nobody uses the host before it is stopped, such as '10m'. Absent: it goes on.",
        examples: ["10m"],
      },
      timeout: {
        ...{ type: "text", parse: parseTimeout, pattern: new RegExp(DURATION_PATTERN), fallback: "60s" },
        description: "How long a connection waits for the host, with all that it starts in turn.",
      },
      ready: {
        ...{ type: "name or number" },
        description:
          "What has to be there before connections are let in: a port of the host, which has to accept a connection, or a command there, which has to end with 0. Absent: the agent.",
        examples: [80],
      },
      start: { ...COMMAND, description: "Command that starts what the host runs in; a shell reads it." },
      stop: { ...COMMAND, description: "Command that stops what 'start' started." },
      running: {
        ...COMMAND,
        description: "Command that ends with 0 when it runs already: then it is not stopped for want of use.",
      },
      on: {
        type: "choice",
        choices: ["host", "manager"],
        description:
          "Where these commands run. Default: on the host where its way leads to a machine, as 'ssh' and 'tls' do; else on the manager's machine.",
      },
    },
  }),
  demand: ({ idle, timeout }) => ({
    idleMs: idle === undefined ? undefined : durationMs(idle),
    timeoutMs: durationMs(timeout) ?? 0,
  }),
  expose: ({ ready }) => (ready === undefined ? undefined : { own: { ready } satisfies OwnSettings }),
  check,
};

function parseDuration(text: string): Parsed<string> {
  return durationMs(text) === undefined
    ? wrong(`${JSON.stringify(text)} is no length of time up to 24 days`, "Write '10m', '90s' or '1h30m', for example")
    : { value: text };
}

function parseTimeout(text: string): Parsed<string> {
  if (durationMs(text) === 0) return wrong("In no time no host can start", "Write '60s', for example");
  return parseDuration(text);
}

function parseCommand(text: string): Parsed<string> {
  if (text.trim() === "") return wrong("The command is empty");
  return text.includes("\0") ? wrong("The command holds a NUL character") : { value: text };
}

function check({ hosts }: CheckedManifest, note: Note): void {
  for (const { name, keys, settings, ports } of hosts) {
    const spec = keys.onDemand as OnDemandSpec | undefined;
    if (!spec) continue;
    const at = (...path: string[]) => ({ host: name, key: "onDemand", path });
    if (isOwnHost({ settings })) {
      const message = `Host '${name}' is the manager's own, which cannot be started on demand`;
      note({ severity: "error", message, hint: "Leave out 'onDemand', or say how the host is reached", at: at() });
    }
    for (const other of ["stop", "running"] as const) {
      if (spec[other] === undefined || spec.start !== undefined) continue;
      const message = `'onDemand.${other}' stands without 'onDemand.start'`;
      note({ severity: "error", message, hint: "Add 'start', or leave it to the host's transport", at: at(other) });
    }
    const { ready = "" } = spec;
    if (/^\d+$/.test(ready) && !(Number(ready) >= 1 && Number(ready) <= 65_535)) {
      note({ severity: "error", message: `'onDemand.ready' is ${ready}, a port or a command was wanted`, at: at("ready") });
    } else if (ports.length === 0) {
      const message = `Host '${name}' is started on demand and publishes no port: only routes through it start it`;
      note({ severity: "warning", message, hint: "Add 'ports'", at: at() });
    }
  }
}
