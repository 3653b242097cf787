// node:url. The old `url.parse` and its relatives are not here.

import { fileURLToPath, pathToFileURL } from "./url/file_url.ts";
import { toUnicode } from "./url/idna.ts";
import { changeHost, parseUrl } from "./url/parse.ts";
import { URLSearchParams } from "./url/search_params.ts";
import { URL } from "./url/url.ts";

export { fileURLToPath, pathToFileURL, URL, URLSearchParams };

/** A name of a host in ASCII, as URLs have it; empty for what is none. */
export function domainToASCII(domain: string): string {
  const url = parseUrl("ws://x");
  return url !== undefined && changeHost(url, `${domain}`, false) ? (url.host ?? "") : "";
}

/** A name of a host in the letters of its language; empty for what is none. */
export function domainToUnicode(domain: string): string {
  return toUnicode(domainToASCII(domain));
}

/** A URL as the options of a request over HTTP. */
export function urlToHttpOptions(url: URL): Record<string, unknown> {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url;
  return {
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ""),
    hash,
    search,
    pathname,
    path: pathname + search,
    href,
    ...(port === "" ? {} : { port: Number(port) }),
    ...(username === "" && password === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
}

export default { domainToASCII, domainToUnicode, fileURLToPath, pathToFileURL, URL, URLSearchParams, urlToHttpOptions };
