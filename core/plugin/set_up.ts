// Runs a plugin's set-up and keeps what it registers.

import type { LimitRows } from "../limits.ts";
import {
  checkedKey,
  checkedLimits,
  checkedObserver,
  checkedPlugin,
  checkedRule,
  checkedStarter,
  checkedStore,
  checkedTransport,
  invalidPlugin,
  type KeyKind,
  runSetUp,
} from "./checks.ts";
import type { ManifestCheck, PluginKey } from "./key.ts";
import type { Observer } from "./observer.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import type { Rule } from "./rule.ts";
import type { Starter } from "./starter.ts";
import type { StoreKind } from "./store.ts";
import type { Transport } from "./transport.ts";

/** A plugin whose set-up has run, and what it registered, in order. Each part fits its contract on its own. */
export interface SetUpPlugin {
  readonly plugin: Plugin;
  readonly name: string;
  /** Names of plugins that come later. */
  readonly before: readonly string[];
  /** Names of plugins that come earlier. */
  readonly after: readonly string[];
  readonly transports: readonly Transport[];
  readonly starters: readonly Starter[];
  readonly rules: readonly Rule[];
  readonly observers: readonly Observer[];
  readonly stores: readonly StoreKind[];
  readonly keys: { readonly [Kind in KeyKind]: readonly PluginKey[] };
  readonly limits: readonly LimitRows[];
  readonly checks: readonly ManifestCheck[];
}

/**
 * Sets one plugin up.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function setUp(candidate: unknown): SetUpPlugin {
  const plugin = checkedPlugin(candidate);
  const { name, before = [], after = [] } = plugin;
  const registered = {
    ...{ plugin, name, before, after },
    ...{ transports: [] as Transport[], starters: [] as Starter[], rules: [] as Rule[] },
    ...{ observers: [] as Observer[], stores: [] as StoreKind[] },
    keys: { host: [] as PluginKey[], route: [] as PluginKey[], network: [] as PluginKey[] },
    ...{ limits: [] as LimitRows[], checks: [] as ManifestCheck[] },
  };
  let open = true;
  const add = <T>(list: T[], item: T) => {
    if (!open) invalidPlugin(name, "registers after its set-up ended");
    list.push(item);
  };
  const addKey = (kind: KeyKind) => {
    return <T>(key: PluginKey<T>) => add(registered.keys[kind], checkedKey(name, kind, key));
  };
  const context: PluginContext = {
    transport: (transport) => add(registered.transports, checkedTransport(name, transport)),
    starter: (starter) => add(registered.starters, checkedStarter(name, starter)),
    rule: (rule) => add(registered.rules, checkedRule(name, rule)),
    observer: (observer) => add(registered.observers, checkedObserver(name, observer)),
    store: (kind) => add(registered.stores, checkedStore(name, kind)),
    hostKey: addKey("host"),
    routeKey: addKey("route"),
    networkKey: addKey("network"),
    limits: (rows) => add(registered.limits, checkedLimits(name, rows)),
    check: (check) =>
      add(registered.checks, typeof check === "function" ? check : invalidPlugin(name, "brings a check that is no function")),
  };
  try {
    runSetUp(
      () => plugin.setup(context),
      (what) => invalidPlugin(name, what),
    );
  } finally {
    open = false;
  }
  return registered;
}
