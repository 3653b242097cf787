// All bytes of a file of an agent, for what cannot be sent piece by piece.

import type { AgentFile } from "../../core/mod.ts";

/** The bytes as they are, or as gzip. */
export async function bytesOf(file: Pick<AgentFile, "open">, packed = false): Promise<Buffer> {
  const { chunks } = await file.open(packed);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
