// The routes of a manifest: what each is about, and the host or proxy behind its `via`. Must not look at YAML.

import { isOwnHost } from "../own_host.ts";
import type { RouteRead } from "./fields.ts";
import type { Findings } from "./findings.ts";
import type { Keyed } from "./host_key.ts";
import type { Found } from "./kinds.ts";
import { didYouMean } from "./near.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { maskedVia } from "./secrets.ts";
import type { HostSpec, RouteSpec } from "./types.ts";
import { quoted } from "./visible.ts";

/** What a SOCKS proxy's URL may begin with; names are always resolved by the proxy. */
const UPSTREAM_SCHEMES = ["socks5", "socks5h", "socks4", "socks4a"] as const;

/** The routes; right only when no error was noted. */
export function resolveRoutes(
  routes: readonly Found<RouteRead>[],
  hosts: readonly HostSpec[],
  ruleKeys: readonly string[],
  findings: Findings,
): RouteSpec[] {
  const byName = new Map<string, string>();
  for (const { name, vip } of hosts) byName.set(name.toLowerCase(), name).set(vip, name);
  const own = hosts.find(isOwnHost)?.name;
  return routes.map((route) => {
    const { notTo } = route.value;
    const about = aboutOf(route, ruleKeys, findings);
    const notToTexts = notTo?.value.map(({ value }) => value) ?? [];
    return {
      ...about,
      ...(notToTexts.length > 0 ? { notTo: notToTexts } : {}),
      ...wayOf(route, byName, own, findings),
    };
  });
}

function aboutOf(route: Found<RouteRead>, ruleKeys: readonly string[], findings: Findings): Pick<RouteSpec, "to" | "rule"> {
  const { to } = route.value;
  const keyed = ruleKeys.flatMap((key) => {
    const found = Object.hasOwn(route.value, key) ? (route.value as { readonly [key: string]: unknown })[key] : undefined;
    return found === undefined ? [] : [{ key, found: found as Found<Keyed> }];
  });
  const [first, second] = keyed;
  if (first && (to || second)) {
    const other = second?.key ?? "to";
    findings.error(first.found.span, `A route has both '${first.key}' and '${other}', one was wanted`, "Make two routes of it");
  }
  const rule = first && { key: first.key, settings: first.found.value.value, written: first.found.value.written };
  return { to: to?.value.map(({ value }) => value) ?? [], ...(rule ? { rule } : {}) };
}

type RouteWay = Pick<RouteSpec, "via" | "upstream">;

function wayOf(
  route: Found<RouteRead>,
  byName: ReadonlyMap<string, string>,
  own: string | undefined,
  findings: Findings,
): RouteWay {
  const { via, action } = route.value;
  if (action?.value === "refuse") {
    if (via) findings.error(via.span, "A route that is refused has a 'via'", "Leave out 'via', or 'action'");
    return { via: undefined };
  }
  if (!via) {
    if (action) findings.error(action.span, "'action' is 'via', but there is no 'via'", "Add 'via' and the name of a host");
    return { via: undefined };
  }
  if (via.value.includes("://")) return upstreamOf(via, own, findings);
  const host = byName.get(via.value.toLowerCase());
  if (host === undefined) {
    const message = `'via' is ${quoted(maskedVia(via.value))}, the name or VIP of a host was wanted`;
    findings.error(via.span, message, () => didYouMean(via.value, byName.values()));
  }
  return { via: host };
}

function upstreamOf(via: Found<string>, own: string | undefined, findings: Findings): RouteWay {
  const parsed = parseUpstream(via.value);
  if ("wrong" in parsed) findings.error(via.span, parsed.wrong, parsed.hint);
  else if (own === undefined) {
    const message = "A proxy is reached from the manager's own host, and there is none";
    findings.error(via.span, message, "Add a host without a way to it, such as 'local: { vip: 127.0.42.100 }'");
  }
  return { via: own, upstream: via.value };
}

/** The URL of a SOCKS proxy. What is wrong with it is said without its password. */
function parseUpstream(text: string): Parsed<string> {
  const scheme = (maskedVia(text).split("://")[0] ?? "").toLowerCase();
  if (!(UPSTREAM_SCHEMES as readonly string[]).includes(scheme)) {
    return wrong(
      `A proxy of ${quoted(`${scheme}:`)} is not served, one of SOCKS was wanted`,
      "Write 'socks5://proxy.example.com:1080'",
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) return wrong("'via' is not the URL of a proxy", "Write 'socks5://proxy.example.com:1080'");
  if (url.search || url.hash || !["", "/"].includes(url.pathname)) return wrong("The URL of a proxy ends behind its port");
  if (scheme.startsWith("socks4") && url.password) return wrong("SOCKS4 has no passwords", "Leave it out, or use 'socks5://'");
  return { value: text };
}
