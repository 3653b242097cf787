// A manifest's routes as the log keeps them: hosts by number, rules asked for their destinations, passwords left out.

import { messageOf, NoRouterError } from "../errors.ts";
import type { HostSpec, RouteSpec } from "../manifest/types.ts";
import type { Rule, RuleRoute } from "../plugin/contract.ts";
import type { HostId } from "../wire/frame.ts";
import { isPattern } from "./pattern.ts";
import type { Route } from "./route.ts";

/** A route, and what only the manager's process knows of it. */
export interface PlannedRoute {
  readonly route: Route;
  /** The manifest's entry that it comes from, from 0. */
  readonly entry: number;
  /** The proxy that it leaves through, password included. */
  readonly upstream: URL | undefined;
}

/** What a rule may bring; every connection asks each of them. */
const MOST_PATTERNS = 100_000;
const LONGEST_QUOTE = 100;

/**
 * The routes in the manifest's order; hosts have the numbers of their places, from 1.
 * @throws NoRouterError `no-rule` or `rule-failed`
 */
export function planRoutes(
  { hosts, routes }: { readonly hosts: readonly HostSpec[]; readonly routes: readonly RouteSpec[] },
  rules: readonly Rule[],
): PlannedRoute[] {
  const ids = new Map<string, HostId>(hosts.map(({ name }, index) => [name, index + 1]));
  return routes.flatMap((spec, entry) => {
    const upstream = spec.upstream === undefined ? undefined : new URL(spec.upstream);
    const common = {
      via: spec.via === undefined ? undefined : ids.get(spec.via),
      ...(upstream ? { upstream: shown(upstream) } : {}),
      ...(spec.rule ? { rule: spec.rule.key } : {}),
    };
    return destinationsOf(spec, rules).map(({ to, notTo = [] }) => ({ route: { to, notTo, ...common }, entry, upstream }));
  });
}

function destinationsOf({ to, notTo = [], rule }: RouteSpec, rules: readonly Rule[]): readonly RuleRoute[] {
  if (!rule) return [{ to, notTo }];
  const found = rules.find(({ routeKey }) => routeKey.name === rule.key);
  if (!found) throw new NoRouterError("no-rule", `No rule reads the key '${rule.key}' of a route`);
  return checked(found, asked(found, rule.settings)).map((route) => ({
    to: route.to,
    notTo: [...(route.notTo ?? []), ...notTo],
  }));
}

function asked(rule: Rule, settings: unknown): unknown {
  try {
    return rule.routes(settings);
  } catch (thrown) {
    if (thrown instanceof NoRouterError) throw thrown;
    return failed(rule, `fails: ${messageOf(thrown)}`);
  }
}

/** It is other people's code: nothing that it gives is taken as it is. */
function checked(rule: Rule, given: unknown): RuleRoute[] {
  if (!Array.isArray(given)) return failed(rule, "gives no list of routes");
  let patterns = 0;
  const list = (value: unknown): string[] => {
    if (!Array.isArray(value)) return failed(rule, "gives a route whose 'to' or 'notTo' is no list");
    patterns += value.length;
    if (patterns > MOST_PATTERNS) failed(rule, `gives more than ${MOST_PATTERNS} destinations`);
    return value.map((text) => {
      if (typeof text === "string" && isPattern(text)) return text;
      const shown = (JSON.stringify(text) ?? String(text)).slice(0, LONGEST_QUOTE);
      return failed(rule, `gives ${shown}, a network with its mask or a glob of names was wanted`);
    });
  };
  return given.map((route: Partial<RuleRoute> | null) => ({ to: list(route?.to), notTo: list(route?.notTo ?? []) }));
}

function failed(rule: Rule, what: string): never {
  throw new NoRouterError("rule-failed", `Rule "${rule.name}" ${what}`);
}

/** A proxy's address for people. */
function shown({ protocol, username, host }: URL): string {
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}`;
}
