// A manifest's routes as the log is to have them: rules asked for their destinations.

import { messageOf, NoRouterError } from "../errors.ts";
import type { WantedRoute } from "../ledger/apply.ts";
import type { RouteSpec } from "../manifest/types.ts";
import type { Rule, RuleRoute } from "../plugin/rule.ts";
import { isPromise } from "../settle.ts";
import { firstCharacters, LONGEST_QUOTE, whatIs } from "../text.ts";
import { isPattern } from "./pattern.ts";

/** A route without the settings of its keys, and where it comes from. */
export interface PlannedRoute {
  readonly route: WantedRoute;
  /** The manifest's entry that it comes from, from 0. */
  readonly entry: number;
}

/** What a rule may bring; every connection asks each of them. */
export const RULE_BOUNDS = {
  /** Routes that one value of a rule's key gives. */
  routes: 10_000,
  /** Networks and names in those routes. */
  patterns: 100_000,
} as const;

/** What rules gave for entries: each entry that was read is asked about once, and once more when a watch begins. */
const answers = new WeakMap<RouteSpec, readonly RuleRoute[]>();

/**
 * The routes in the manifest's order.
 * @param folder The manifest's, for rules.
 * @throws NoRouterError `no-rule` or `rule-failed`
 */
export function planRoutes(routes: readonly RouteSpec[], rules: readonly Rule[], folder?: string): PlannedRoute[] {
  return routes.flatMap((spec, entry) => {
    const common = {
      via: spec.via,
      ...(spec.through === undefined ? {} : { through: spec.through }),
      ...(spec.rule === undefined ? {} : { rule: spec.rule }),
    };
    return destinationsOf(spec, rules, folder).map(({ to, notTo = [] }) => ({ route: { to, notTo, ...common }, entry }));
  });
}

/**
 * Hears of rules whose answers for these routes may be others now; they are asked anew the next time. Gives what ends that.
 * @param failed Is told of a rule that cannot be watched, or that fails when that ends.
 */
export function watchRules(
  routes: readonly RouteSpec[],
  rules: readonly Rule[],
  { folder, changed, failed }: { folder: string | undefined; changed: () => void; failed: (error: NoRouterError) => void },
): () => void {
  const ends = routes.flatMap((spec) => {
    const rule = rules.find(({ key }) => key === spec.rule);
    if (!rule?.watch) return [];
    const attempt = <T>(act: () => T): T | undefined => {
      try {
        return act();
      } catch (thrown) {
        failed(errorOf(rule, thrown));
        return undefined;
      }
    };
    const heard = () => {
      answers.delete(spec);
      changed();
    };
    const end = attempt((): unknown => rule.watch?.(spec.keys?.[rule.key], { folder }, heard));
    // Its data may have changed since it was asked.
    answers.delete(spec);
    if (typeof end === "function") return [() => attempt(() => heardEnd(end(), (thrown) => failed(errorOf(rule, thrown))))];
    if (isPromise(end)) attempt(() => refuse(rule, "gives a promise when it is watched; a function that ends that was wanted"));
    return [];
  });
  return () => {
    for (const end of ends) end();
  };
}

/** What a function that ends something gave: a failure that comes later is told, too. */
function heardEnd(given: unknown, failed: (thrown: unknown) => void): void {
  if (isPromise(given)) void given.then(undefined, failed);
}

function destinationsOf(spec: RouteSpec, rules: readonly Rule[], folder: string | undefined): readonly RuleRoute[] {
  const { to, notTo = [], rule, keys = {} } = spec;
  if (rule === undefined) return [{ to, notTo }];
  const known = answers.get(spec);
  if (known) return known;
  const found = rules.find(({ key }) => key === rule);
  if (!found) throw new NoRouterError("no-rule", `No rule reads the key '${rule}' of a route`);
  try {
    const given = checked(found, found.routes(keys[rule], { folder }), notTo);
    answers.set(spec, given);
    return given;
  } catch (thrown) {
    throw errorOf(found, thrown);
  }
}

/** It is other people's code: nothing that it gives is taken as it is, and each thing is looked at once. */
function checked(rule: Rule, given: unknown, notToOfEntry: readonly string[]): RuleRoute[] {
  const routes = itemsOf(given, RULE_BOUNDS.routes);
  if (!routes) return refuse(rule, isPromise(given) ? "gives a promise, a list was wanted at once" : "gives no list of routes");
  let patterns = 0;
  const list = (value: unknown): string[] => {
    const items = itemsOf(value, RULE_BOUNDS.patterns);
    if (!items) return refuse(rule, "gives a route whose 'to' or 'notTo' is no list");
    patterns += items.length;
    if (patterns > RULE_BOUNDS.patterns) refuse(rule, `gives more than ${RULE_BOUNDS.patterns} destinations`);
    return items.map((text) => {
      if (typeof text === "string" && isPattern(text)) return text;
      return refuse(rule, `gives ${shownItem(text)}, a network with its mask or a glob of names was wanted`);
    });
  };
  if (routes.length > RULE_BOUNDS.routes) refuse(rule, `gives more than ${RULE_BOUNDS.routes} routes`);
  return routes.map((route) => {
    patterns += notToOfEntry.length;
    const { to, notTo } = (route ?? {}) as Partial<RuleRoute>;
    return { to: list(to), notTo: [...list(notTo ?? []), ...notToOfEntry] };
  });
}

/** The items of a list, a hole as undefined, and at most one more than wanted; undefined for what is no list. */
function itemsOf(list: unknown, most: number): unknown[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return Array.from({ length: Math.min(list.length, most + 1) }, (_, at): unknown => list[at]);
}

/** For a message; runs nothing of the rule's. */
function shownItem(item: unknown): string {
  if (typeof item === "string") return JSON.stringify(firstCharacters(item, LONGEST_QUOTE));
  return whatIs(item);
}

/** A rule's own error stands; `instanceof` may run code of what was thrown. */
function errorOf(rule: Rule, thrown: unknown): NoRouterError {
  try {
    if (thrown instanceof NoRouterError) return thrown;
  } catch {
    // messageOf says the same
  }
  return new NoRouterError("rule-failed", `Rule "${rule.name}" fails: ${messageOf(thrown)}`);
}

function refuse(rule: Rule, what: string): never {
  throw new NoRouterError("rule-failed", `Rule "${rule.name}" ${what}`);
}
