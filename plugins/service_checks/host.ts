// Checks this host's own targets, as the services that it is in ask for it, and reports changes.

import { type FrontEnd, type HealthCheck, type HostContext, type HostId, type HostPart, PLUGIN_API } from "../../core/mod.ts";
import { Checker } from "./checker.ts";
import { probe, type Target } from "./probe.ts";

const NAME = "service-checks";

/** The checks of services, on one of their hosts. */
export const serviceChecksHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(checks),
};

/** What is checked for one service. */
interface Wanted {
  readonly check: HealthCheck;
  readonly target: Target | undefined;
}

function checks(context: HostContext): FrontEnd {
  const checkers = new Map<HostId, { readonly wanted: string; readonly checker: Checker }>();
  const { limits, guard } = context;

  function begin(service: HostId, { check, target }: Wanted): Checker {
    const checker = new Checker(check, {
      probe: (signal) => probe(check, target, { limits, signal, guard }),
      changed: (healthy, message) => context.report({ type: "health.changed", service, healthy, message }),
    });
    checker.start();
    return checker;
  }

  return {
    name: NAME,
    async reconcile() {
      const all = wantedChecks(context);
      for (const [service, { wanted, checker }] of checkers) {
        const now = all.get(service);
        if (now && JSON.stringify(now) === wanted) continue;
        checker.stop();
        checkers.delete(service);
      }
      for (const [service, wanted] of all) {
        if (!checkers.has(service)) checkers.set(service, { wanted: JSON.stringify(wanted), checker: begin(service, wanted) });
      }
    },
    async stop() {
      for (const { checker } of checkers.values()) checker.stop();
      checkers.clear();
    },
  };
}

function wantedChecks(context: HostContext): Map<HostId, Wanted> {
  const { id: self, ports } = context.self();
  const wanted = new Map<HostId, Wanted>();
  for (const { id, service } of context.network().hosts.values()) {
    const check = service?.hosts.includes(self) ? service.health : undefined;
    if (!check) continue;
    const target = ports.find(({ listen, protocol }) => listen === check.port && protocol === "tcp")?.target;
    wanted.set(id, { check, target });
  }
  return wanted;
}
