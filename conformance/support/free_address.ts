// A TCP address of this machine that nothing listens on.

import { createServer } from "node:net";

/** An address as settings have it, `127.0.0.1:PORT`; free at the moment. */
export function freeAddress(): Promise<string> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(`127.0.0.1:${typeof address === "object" ? address?.port : ""}`));
    });
  });
}
