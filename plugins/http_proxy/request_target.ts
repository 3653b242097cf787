// The target of a request in its four forms (RFC 9112 section 3.2). Pure.

import { type Destination, destinationOf, isIpv6, LAST_PORT, LONGEST_NAME } from "../../core/mod.ts";
import type { RequestHead } from "./head.ts";
import { badRequest, Refusal } from "./refusal.ts";

/** A host and maybe a port, as a client writes them. */
export interface Authority {
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  /** 1..65535; undefined when none was given. */
  readonly port: number | undefined;
}

/** What a request is about. */
export type RequestTarget =
  /** A resource of a server: `path` goes into the request line there, `authority` into Host. */
  | { readonly form: "absolute"; readonly destination: Destination; readonly authority: string; readonly path: string }
  /** CONNECT. */
  | { readonly form: "authority"; readonly destination: Destination }
  /** Something of the proxy's own. */
  | { readonly form: "origin"; readonly path: string }
  /** `OPTIONS *`: the proxy itself. */
  | { readonly form: "asterisk" };

/** Methods that a proxy, or the framing of answers, knows: whoever reads another spelling as one of them takes part of the bytes for others. */
const OWN_MEANING: ReadonlySet<string> = new Set(["CONNECT", "HEAD", "OPTIONS", "TRACE"]);

/** The port of a URL of `http` without one (RFC 9110 section 4.2.1). */
export const HTTP_PORT = 80;
const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i;
const IPV6 = /^\[(?=[^\]]*:)[0-9a-f:.]{2,45}(?:%25[a-z0-9._~-]{1,16})?\]$/i;

/** Reads `host` and `host:port`; undefined when it is neither. */
export function parseAuthority(text: string): Authority | undefined {
  const [, host = "", digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(text) ?? [];
  if (!isHost(host)) return undefined;
  if (digits === undefined || digits === "") return { host, port: undefined };
  const port = Number(digits);
  return port >= 1 && port <= LAST_PORT ? { host, port } : undefined;
}

/**
 * What a request is about.
 * @throws Refusal
 */
export function requestTargetOf({ method, target }: RequestHead): RequestTarget {
  if (!OWN_MEANING.has(method) && OWN_MEANING.has(method.toUpperCase()))
    throw new Refusal("command-unsupported", `Method '${method}' is not ${method.toUpperCase()}`, {
      advice: `Send '${method.toUpperCase()}': methods are written in upper case`,
    });
  if (method === "CONNECT") return tunnelTo(target);
  if (target.startsWith("/")) return { form: "origin", path: target };
  if (target === "*" && method === "OPTIONS") return { form: "asterisk" };
  const [, scheme, text = "", path = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(target) ?? [];
  if (scheme === undefined) throw badRequest("The request's target is not a URL");
  if (scheme.toLowerCase() !== "http") throw otherScheme(scheme.toLowerCase());
  const authority = parseAuthority(withoutUser(text));
  if (!authority) throw badRequest("The request's target has no host, or a bad one");
  const { host, port = HTTP_PORT } = authority;
  return {
    form: "absolute",
    destination: destinationAt(host, port),
    authority: port === HTTP_PORT ? host : `${host}:${port}`,
    path: pathOf(method, escaped(path)),
  };
}

function tunnelTo(target: string): RequestTarget {
  const authority = parseAuthority(bracketed(target));
  if (authority?.port === undefined) throw badRequest("The target of CONNECT is not a host and a port");
  return { form: "authority", destination: destinationAt(authority.host, authority.port) };
}

/** Clients send a user's name in the URL, and say it again in `Authorization` where it matters: it goes no further. */
function withoutUser(text: string): string {
  const at = text.lastIndexOf("@");
  if (text.indexOf("@") !== at) throw badRequest("The request's target has several '@' before its path");
  return text.slice(at + 1);
}

/** An IPv6 address and a port as some clients write them, without brackets: what stands behind the last colon is the port. */
function bracketed(target: string): string {
  const colon = target.lastIndexOf(":");
  const address = target.slice(0, Math.max(0, colon));
  return isIpv6(address) ? `[${address}]${target.slice(colon)}` : target;
}

/** Bytes that no URL has, as its writer should have put them (RFC 3986 section 2.1); what is escaped stays as it is. */
function escaped(path: string): string {
  return path.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** RFC 9112 sections 3.2.1 and 3.2.4: an empty path is `/`, and for OPTIONS the server as a whole. */
function pathOf(method: string, path: string): string {
  if (path === "") return method === "OPTIONS" ? "*" : "/";
  return path.startsWith("?") ? `/${path}` : path;
}

function otherScheme(scheme: string): Refusal {
  const advice = scheme === "https" ? "Use CONNECT, as clients do for 'https'" : "Use 'http', or CONNECT";
  return new Refusal("command-unsupported", `The proxy does not fetch '${scheme}' itself`, { advice });
}

function destinationAt(host: string, port: number): Destination {
  const destination = destinationOf(host.replace("%25", "%"), port);
  if (host.startsWith("[") && !destination.address) throw badRequest("The request's target is not an IPv6 address");
  return destination;
}

function isHost(host: string): boolean {
  return host.startsWith("[") ? IPV6.test(host) : host.length <= LONGEST_NAME && NAME.test(host);
}
