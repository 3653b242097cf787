// Whether an address is this machine's own, whichever interface has it.

import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/**
 * True unless the system says that nothing can listen on the address here. The list of interfaces would not do: runtimes leave out
 * those without a carrier, such as Docker's while no container runs, though programs can be reached at their addresses.
 */
export function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const done = (own: boolean) => {
      probe.close();
      resolve(own);
    };
    probe.once("error", ({ code }: NodeJS.ErrnoException) => done(code !== "EADDRNOTAVAIL"));
    probe.bind({ address, port: 0, exclusive: true }, () => done(true));
  });
}
