// node:dgram.

import type { DatagramOptions } from "./dgram/arguments.ts";
import { Socket } from "./dgram/socket.ts";

export { Socket };

/** A new UDP socket; `listener` gets its messages. */
export function createSocket(
  options: DatagramOptions | "udp4" | "udp6",
  listener?: ConstructorParameters<typeof Socket>[1],
): Socket {
  return new Socket(options, listener);
}

export default { Socket, createSocket };
