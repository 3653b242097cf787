// A client of the proxy: its connection and what it sends.

import type { ProxyClient } from "../support/proxy.ts";
import type { ClientInput } from "./client_input.ts";

/** One client. */
export interface Client extends ProxyClient {
  readonly input: ClientInput;
}
