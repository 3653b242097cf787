// Tools to test the event plane: given/when/then for decisions, and the facts of hosts that tests use.

import assert from "node:assert/strict";
import { type ErrorCode, NoRouterError } from "../core/errors.ts";
import type { WantedHost } from "../core/ledger/apply.ts";
import { type Command, decide } from "../core/ledger/decide.ts";
import { EVENT_VERSION, type Fact, type NetworkEvent } from "../core/ledger/events.ts";
import { fold } from "../core/ledger/network.ts";

/** Facts as events of a log that begins with them. */
export function stamped(facts: readonly Fact[]): NetworkEvent[] {
  return facts.map((fact, index) => ({ seq: index + 1, at: 1000 + index, by: "test", v: EVENT_VERSION, ...fact }));
}

/** `given(facts).when(command).gives(facts or an error code)`. */
export function given(facts: readonly Fact[]) {
  const network = fold(stamped(facts));
  const before = structuredClone(network);
  return {
    when: (command: Command) => ({
      gives(wanted: readonly Fact[] | ErrorCode): void {
        if (typeof wanted === "string") {
          assert.throws(
            () => decide(network, command),
            (thrown) => thrown instanceof NoRouterError && thrown.code === wanted,
          );
        } else assert.deepEqual(decide(network, command), wanted);
        assert.deepEqual(network, before, "decide changed the state");
      },
    }),
  };
}

/** Words that must never leave the manager; each secret field of {@link admissionOf} and {@link FAILURE} holds one. */
export const SECRETS = [
  "secret-via",
  "secret-target",
  "secret-stderr",
  "secret-banner",
  "secret-message",
  "secret-runtime",
  "secret-entrance",
  "secret-access",
  "secret-upstream",
] as const;

/** A host as a manifest would admit it. */
export function admissionOf(host: number, change: Partial<WantedHost> = {}): WantedHost & { readonly host: number } {
  return {
    host,
    name: `host${host}`,
    vip: `127.0.42.${host}`,
    aliases: [`alias${host}`],
    ports: [{ listen: 8080, protocol: "tcp", target: { host: `secret-target-${host}`, port: 80 } }],
    local: host === 1,
    settings: {
      shop: { all: { open: true }, own: { door: `secret-entrance-${host}` } },
      till: { own: { lock: `secret-access-${host}` }, secret: 1 },
    },
    private: { transport: "cmd", via: `secret-via ${host}`, way: 1 },
    ...change,
  };
}

/** How a link of the tests ends. */
export const FAILURE = { code: "agent-failed", message: "secret-message", exitCode: 1, stderr: ["secret-stderr"] } as const;

/** An agent of the tests. */
export const AGENT = { version: "0.1.0", runtime: "node 24", pid: 7 } as const;

/** Facts of a network with hosts 1..n that are admitted. */
export function admitted(count: number): Fact[] {
  const hosts = Array.from({ length: count }, (_, at): Fact => ({ type: "host.admitted", ...admissionOf(at + 1) }));
  return [{ type: "network.opened", network: "net", version: "0.1.0" }, ...hosts];
}

/** Facts that bring a host to a phase. */
export function inPhase(host: number, phase: "starting" | "joining" | "ready" | "failed"): Fact[] {
  const facts: Fact[] = [{ type: "link.starting", host }];
  if (phase === "starting") return facts;
  facts.push({ type: "link.opened", host, session: 1, agent: AGENT });
  if (phase === "ready") facts.push({ type: "host.ready", host });
  if (phase === "failed") facts.push({ type: "link.closed", host, failure: FAILURE });
  return facts;
}
