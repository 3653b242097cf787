// The key `socks` of a host in the manifest.

import { proxyKey } from "../support/proxy_key.ts";

/** The SOCKS proxy of a host. */
export const socksKey = proxyKey({ name: "socks", what: "SOCKS proxy", detail: "4, 4a, 5", example: "127.0.0.1:18081" });
