// A manifest's hosts as the log keeps them: what each serves, and what passwords are checked against instead of the
// passwords. Must not execute anything.

import { type Access, accessOf, type Entrances } from "./entrances.ts";
import { applied } from "./ledger/apply.ts";
import { type AdmittedHost, EVENT_VERSION, type Fact, type HostAccess, type NetworkEvent } from "./ledger/events.ts";
import { fold, type Network } from "./ledger/network.ts";
import type { HostSpec, ProxySpec } from "./manifest/types.ts";
import { isOwnHost } from "./own_host.ts";
import type { PlannedRoute } from "./routes/plan.ts";

/** A host as the log is to have it, without what only the manager knows. */
export function admissionOf(spec: HostSpec): AdmittedHost {
  const { name, vip, aliases, ports, loopback } = spec;
  return { name, vip, aliases, ports, local: isOwnHost(spec), loopback: !loopback.disable, entrances: entrancesOf(spec) };
}

/** What makes the access of hosts: once for each name and password, since that takes its time and many hosts may share them. */
export function accessMaker(): (spec: HostSpec) => Promise<HostAccess | undefined> {
  const made = new Map<string, Promise<Access>>();
  const accessFor = ({ user, password }: NonNullable<ProxySpec["auth"]>): Promise<Access> => {
    const key = JSON.stringify([user, password]);
    const access = made.get(key) ?? accessOf(user, password);
    made.set(key, access);
    return access;
  };
  return async ({ http, socks }) => {
    if (!http?.auth && !socks?.auth) return undefined;
    return {
      ...(http?.auth ? { http: await accessFor(http.auth) } : {}),
      ...(socks?.auth ? { socks: await accessFor(socks.auth) } : {}),
    };
  };
}

/** The network as a manager has it when every host is admitted and none is started. */
export function plannedNetwork(hosts: readonly HostSpec[], planned: readonly PlannedRoute[]): Network {
  const wanted = {
    plugins: [],
    hosts: hosts.map((spec) => ({ ...admissionOf(spec), private: { transport: "", via: "", way: 0 } })),
    routes: planned.map(({ route }) => route),
  };
  const begun = fold(stamped([{ type: "network.opened", network: "planned", version: "" }]));
  return fold(stamped(applied(begun, wanted)), begun);
}

function stamped(facts: readonly Fact[]): NetworkEvent[] {
  return facts.map((fact, at) => ({ ...fact, seq: at + 1, at: 0, by: "user", v: EVENT_VERSION }));
}

function entrancesOf({ http, socks, dns, stateDir, writeEtcHosts }: HostSpec): Entrances {
  const proxy = ({ listen, outside, auth, answerTimeout }: ProxySpec) => ({
    listen,
    outside,
    auth: auth !== undefined,
    ...(answerTimeout === undefined ? {} : { answerTimeout }),
  });
  return {
    ...(http ? { http: proxy(http) } : {}),
    ...(socks ? { socks: proxy(socks) } : {}),
    ...(dns.disable ? {} : { dns: { listen: dns.listen } }),
    ...(stateDir.disable ? {} : { stateDir: stateDir.pathOnAgent }),
    writeEtcHosts,
  };
}
