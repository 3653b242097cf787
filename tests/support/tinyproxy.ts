// Another HTTP proxy, to compare with: tinyproxy on an address of its own.
import { writeFileSync } from "node:fs";
import { waitFor } from "../../conformance/support/wait.ts";
import { startChild } from "./child.ts";
import { dial } from "./clients.ts";
import { freePort } from "./free_port.ts";
import { tempDir } from "./lifetime.ts";
import type { Address } from "./servers.ts";

/** Starts it, and resolves once it listens. */
export async function startTinyproxy(): Promise<{ readonly address: Address; stop(): Promise<void> }> {
  const folder = tempDir("tinyproxy");
  const address = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
  const config = `Port ${address.port}\nListen ${address.host}\nAllow 127.0.0.1\nTimeout 30\n`;
  writeFileSync(`${folder.path}/tinyproxy.conf`, config);
  const child = await startChild(["tinyproxy", "-d", "-c", `${folder.path}/tinyproxy.conf`]);
  child.process.stdout?.resume();
  const stop = async () => {
    await child.stop();
    folder.remove();
  };
  try {
    await waitFor(async () => (await dial(address)).destroy(), { what: "tinyproxy to listen" });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { address, stop };
}
