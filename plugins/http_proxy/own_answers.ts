// What the proxy answers by itself: the script for browsers, a page that says what this is, TRACE and OPTIONS that end here.

import { decideRoute, destinationOf, type Network, showDestination } from "../../core/mod.ts";
import { isEvery, placeOf } from "../support/place.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import type { OwnAnswer } from "./answer.ts";
import type { Header, RequestHead } from "./head.ts";
import { valuesOf } from "./headers.ts";
import { pacScript } from "./pac.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { HTTP_PORT, parseAuthority } from "./request_target.ts";

const TEXT: Header = ["Content-Type", "text/plain; charset=utf-8"];
/** Fields that a TRACE must not show (RFC 9110 section 9.3.8). */
const SECRET = /^(?:authorization|proxy-authorization|cookie|cookie2)$/i;
const METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH, CONNECT";

/**
 * The answer to a request in origin-form: for the proxy, not through it.
 * @throws Refusal for everything but the script and the page
 */
export function localAnswer(head: RequestHead, path: string, network: Network, entrance: ProxySettings): OwnAnswer {
  const reads = head.method === "GET" || head.method === "HEAD";
  const name = path.replace(/\?.*$/s, "");
  if (reads && (name === "/" || name === "/proxy.pac")) checkAsked(head, network);
  if (reads && name === "/proxy.pac") {
    const headers: Header[] = [
      ["Content-Type", "application/x-ns-proxy-autoconfig"],
      ["Cache-Control", "no-cache"],
    ];
    return { status: 200, headers, body: pacScript(network, addressFor(head, entrance.listen)) };
  }
  if (reads && name === "/") return { status: 200, headers: [TEXT], body: page(addressFor(head, entrance.listen)) };
  throw new Refusal("bad-request", "This is a proxy, not the server of the page that was asked for", {
    advice: "Set it as the proxy of a program, or '/proxy.pac' as the proxy configuration of a browser",
  });
}

/** The answer to `OPTIONS` that is for the proxy itself. */
export function optionsAnswer(): OwnAnswer {
  return { status: 200, headers: [["Allow", METHODS]], body: "" };
}

/**
 * The answer to a TRACE or OPTIONS that may go no further, or undefined (RFC 9110 section 7.6.2).
 * @throws Refusal when its Max-Forwards is no number
 */
export function lastHop(head: RequestHead): OwnAnswer | undefined {
  if (maxForwards(head) !== 0) return undefined;
  return head.method === "OPTIONS" ? optionsAnswer() : traceAnswer(head);
}

/** The request with one hop less to go, where that counts. */
export function oneHopLess(head: RequestHead): RequestHead {
  const left = maxForwards(head);
  if (left === undefined) return head;
  const headers = head.headers.map((header): Header => (isMaxForwards(header) ? [header[0], `${left - 1}`] : header));
  return { ...head, headers };
}

function maxForwards({ method, headers }: RequestHead): number | undefined {
  const [value, ...more] = valuesOf(headers, "max-forwards");
  if ((method !== "TRACE" && method !== "OPTIONS") || value === undefined) return undefined;
  if (more.length > 0 || !/^\d{1,9}$/.test(value)) throw badRequest("The request's Max-Forwards is not one number");
  return Number(value);
}

function isMaxForwards([name]: Header): boolean {
  return name.toLowerCase() === "max-forwards";
}

function traceAnswer({ method, target, minor, headers }: RequestHead): OwnAnswer {
  const shown = headers.filter(([name]) => !SECRET.test(name)).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = `${method} ${target} HTTP/1.${minor}\r\n${shown.join("")}\r\n`;
  return { status: 200, headers: [["Content-Type", "message/http"]], body };
}

/**
 * The script names the network's hosts. A page of the web must not read it by a name of its own that leads here.
 * @throws Refusal for a Host that is no address, not `localhost`, and no name of the network
 */
function checkAsked({ headers }: RequestHead, network: Network): void {
  const asked = parseAuthority(valuesOf(headers, "host")[0] ?? "");
  if (!asked) return;
  const destination = destinationOf(asked.host, HTTP_PORT);
  if (destination.address || destination.host === "localhost" || decideRoute(network, destination).to === "host") return;
  throw new Refusal("bad-request", "The proxy was asked by a name that is not the network's", {
    status: 403,
    advice: "Ask by the proxy's address, 'localhost' or the name of a host of the network",
  });
}

/** How this client reaches the proxy: as it wrote it, else where the proxy listens. */
function addressFor({ headers }: RequestHead, listen: string): string {
  const host = valuesOf(headers, "host")[0] ?? "";
  const authority = parseAuthority(host);
  if (authority) return `${authority.host}:${authority.port ?? HTTP_PORT}`;
  const place = listen.startsWith("unix:") ? undefined : placeOf(listen);
  if (!place || !("host" in place)) return `localhost:${HTTP_PORT}`;
  return showDestination({ host: isEvery(place.host) ? "127.0.0.1" : place.host, port: place.port });
}

function page(address: string): string {
  return [
    "This is the HTTP proxy of a NoRouter network.",
    "",
    `Programs: http_proxy=http://${address} https_proxy=http://${address}`,
    `Browsers: http://${address}/proxy.pac as the address of the automatic proxy configuration`,
    "",
  ].join("\n");
}
