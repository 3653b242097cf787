// One pattern of a route: a network or a glob of names, maybe with ports. Reading and matching. Pure.

import { isNetwork, networkHolds } from "../address.ts";
import { LAST_PORT } from "../place.ts";
import { canonicalName, type Destination, LONGEST_NAME } from "./destination.ts";

/** The parts of a pattern's text. */
export interface PatternText {
  /** A network in CIDR notation without brackets, or a glob of names. */
  readonly what: string;
  /** The text behind the last colon; undefined when there is none. */
  readonly ports: string | undefined;
}

/** A pattern that can be asked. */
export type Pattern = (destination: Destination) => boolean;

/** Splits `10.0.0.0/8:443`, `[2001:db8::/32]:443` and `*.example.com:8000-8999` at the colon before the ports. */
export function splitPattern(text: string): PatternText {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed) return { what: bracketed[1] ?? "", ports: bracketed[2] };
  const colon = text.indexOf(":");
  // More than one colon is an IPv6 network without brackets.
  if (colon === -1 || colon !== text.lastIndexOf(":")) return { what: text, ports: undefined };
  return { what: text.slice(0, colon), ports: text.slice(colon + 1) };
}

/** First and last port of `443` or `8000-8999`; undefined when the text is neither. */
export function portRange(text: string): readonly [number, number] | undefined {
  const [, low, high] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (low === undefined) return undefined;
  const range = [Number(low), Number(high ?? low)] as const;
  return range[0] >= 1 && range[1] <= LAST_PORT && range[0] <= range[1] ? range : undefined;
}

/** Whether a text is a pattern. */
export function isPattern(text: string): boolean {
  const { what, ports } = splitPattern(text);
  return (ports === undefined || portRange(ports) !== undefined) && (what.includes("/") ? isNetwork(what) : isGlob(what));
}

/** Whether a text is a glob of names: letters, digits, `-`, `_`, `*` and `?`, in parts between dots, and no address. */
export function isGlob(text: string): boolean {
  return (
    text.length <= LONGEST_NAME &&
    /^[a-z0-9*?_-]+(\.[a-z0-9*?_-]+)*\.?$/i.test(text) &&
    (!/^[\d.*?]+$/.test(text) || !/\d/.test(text))
  );
}

/**
 * A pattern that is known to be one, ready to be asked. Globs match names alone, networks addresses alone.
 * @param portless Whether a destination without a port fits a pattern with ports: when `some` of its ports do, or only when
 *   `all` do.
 */
export function compilePattern(text: string, portless: "some" | "all" = "some"): Pattern {
  const { what, ports } = splitPattern(text);
  const [low, high] = (ports === undefined ? undefined : portRange(ports)) ?? [1, LAST_PORT];
  const fitsNone = portless === "some" || (low === 1 && high === LAST_PORT);
  const fitsPort = (port: number) => (port === 0 ? fitsNone : port >= low && port <= high);
  if (what.includes("/")) {
    const holds = networkHolds(what);
    return ({ bytes, port }) => bytes !== undefined && fitsPort(port) && holds(bytes);
  }
  const glob = canonicalName(what);
  return ({ host, address, port }) => !address && host.length <= LONGEST_NAME && fitsPort(port) && globMatches(glob, host);
}

/**
 * Whether a glob matches a text as a whole: `*` is any number of characters, dots included, `?` is one. Takes time in
 * proportion to the product of the two lengths at most, whatever they hold.
 */
export function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length; ) {
    if (glob[at] === "*") {
      star = at++;
      resume = i;
    } else if (at < glob.length && (glob[at] === "?" || glob[at] === text[i])) {
      at++;
      i++;
    } else if (star === -1) return false;
    else {
      at = star + 1;
      i = ++resume;
    }
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}
