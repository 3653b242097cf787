// A client of the proxy: its connection and what it sends.

import type { Socket } from "node:net";
import type { ClientInput } from "./client_input.ts";

/** One client. */
export interface Client {
  readonly socket: Socket;
  readonly input: ClientInput;
}
