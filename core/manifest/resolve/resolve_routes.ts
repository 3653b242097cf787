// The routes of a manifest: what each is about, and the host or proxy behind its `via`.

import { isOwnHost } from "../../own_host.ts";
import type { LeftOut, PluginKey, PluginKeys } from "../../plugin/key.ts";
import { keyOf, type RouteRead } from "../keys/fields.ts";
import type { Found } from "../keys/kinds.ts";
import { checkedValue, type Keyed } from "../keys/plugin_key.ts";
import { becauseLeftOut } from "../keys/records.ts";
import type { Findings } from "../text/findings.ts";
import { didYouMean } from "../text/near.ts";
import { maskedVia } from "../text/secrets.ts";
import { quoted } from "../text/visible.ts";
import type { HostSpec, RouteSpec } from "../types.ts";

/** The routes; right only when no error was noted. */
export function resolveRoutes(
  routes: readonly Found<RouteRead>[],
  { hosts, services }: { readonly hosts: readonly HostSpec[]; readonly services: readonly string[] },
  { route: keys, leftOut = {} }: PluginKeys,
  findings: Findings,
): RouteSpec[] {
  const byName = new Map<string, string>();
  for (const { name, vip } of hosts) byName.set(name.toLowerCase(), name).set(vip, name);
  const own = hosts.find(isOwnHost)?.name;
  return routes.map((route) => {
    const { to, notTo } = route.value;
    const written = keys.flatMap(({ name }): [string, Found<Keyed>][] => {
      const found = keyOf<Keyed>(route.value, name);
      return found ? [[name, found]] : [];
    });
    const { via, through, keyed } = resolveVia(route, { byName, services, own, keys, leftOut }, findings);
    const all = [
      ...written.map(([name, { value }]) => [name, value] as const),
      ...(keyed ? [[through ?? "", keyed] as const] : []),
    ];
    const rule = ruleOf(route, keys, written, findings);
    const notToTexts = notTo?.value.map(({ value }) => value) ?? [];
    return {
      to: to?.value.map(({ value }) => value) ?? [],
      ...(rule === undefined ? {} : { rule }),
      ...(notToTexts.length > 0 ? { notTo: notToTexts } : {}),
      via,
      ...(through === undefined ? {} : { through }),
      ...(all.length === 0 ? {} : { keys: entriesOf(all, "value"), written: entriesOf(all, "written") }),
    };
  });
}

function entriesOf(keyed: readonly (readonly [string, Keyed])[], what: keyof Keyed): { readonly [key: string]: unknown } {
  return Object.fromEntries(keyed.map(([name, one]) => [name, one[what]]));
}

/** The key of the rule that says the destinations. */
function ruleOf(
  route: Found<RouteRead>,
  keys: readonly PluginKey[],
  written: readonly [string, Found<Keyed>][],
  findings: Findings,
): string | undefined {
  const rules = keys.filter(({ destinations }) => destinations).map(({ name }) => name);
  const [first, second] = written.filter(([name]) => rules.includes(name));
  if (first && (route.value.to || second)) {
    const [key, { span }] = first;
    findings.error(span, `A route has both '${key}' and '${second?.[0] ?? "to"}', one was wanted`, "Make two routes of it");
  }
  return first?.[0];
}

/** The host, or the proxy, that `via` names. */
interface ResolvedVia {
  readonly via: string | undefined;
  readonly through?: string;
  /** What stands at the key `through`. */
  readonly keyed?: Keyed;
}

/** What `via` may name. */
interface Known {
  /** Hosts by their names, in lower case, and VIPs. */
  readonly byName: ReadonlyMap<string, string>;
  /** Names of services, which nothing is reached from. */
  readonly services: readonly string[];
  /** The manager's own host. */
  readonly own: string | undefined;
  readonly keys: readonly PluginKey[];
  readonly leftOut: LeftOut;
}

function resolveVia(route: Found<RouteRead>, known: Known, findings: Findings): ResolvedVia {
  const { via, action } = route.value;
  if (action?.value === "refuse") {
    if (via) findings.error(via.span, "A route that is refused has a 'via'", "Leave out 'via', or 'action'");
    return { via: undefined };
  }
  if (!via) {
    if (action) findings.error(action.span, "'action' is 'via', but there is no 'via'", "Add 'via' and the name of a host");
    return { via: undefined };
  }
  if (via.value.includes("://")) return throughProxy(via, known, findings);
  const host = known.byName.get(via.value.toLowerCase());
  if (host === undefined && known.services.includes(via.value)) {
    const hint = "Write the name of one of its hosts";
    findings.error(via.span, `'via' is the service ${quoted(via.value)}, a host was wanted`, hint);
  } else if (host === undefined) {
    const message = `'via' is ${quoted(maskedVia(via.value))}, the name or VIP of a host was wanted`;
    findings.error(via.span, message, () => didYouMean(via.value, known.byName.values()));
  }
  return { via: host };
}

/** A URL is for the plugin that has its scheme; one that nobody has is for the first, which says what may stand there. */
function throughProxy(via: Found<string>, { own, keys, leftOut: { schemes = {} } }: Known, findings: Findings): ResolvedVia {
  const scheme = (maskedVia(via.value).split("://")[0] ?? "").toLowerCase();
  const left = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  const other = left ? undefined : keys.find((candidate) => candidate.schemes);
  const key = keys.find((candidate) => candidate.schemes?.includes(scheme)) ?? other;
  if (!key) {
    const hint = left ? becauseLeftOut(left) : "Write the name of a host";
    findings.error(via.span, `'via' is a URL of ${quoted(`${scheme}:`)}, which no plugin reaches`, hint);
    return { via: own };
  }
  const label = { text: "'via'", prefix: "via.", span: via.span };
  const keyed = checkedValue(key, { value: { kind: "scalar", value: via.value, span: via.span }, label }, findings);
  if (keyed.value !== undefined && own === undefined) {
    const message = "A proxy is reached from the manager's own host, and there is none";
    findings.error(via.span, message, "Add a host without a way to it, such as 'local: { vip: 127.0.42.100 }'");
  }
  return { via: own, through: key.name, keyed };
}
