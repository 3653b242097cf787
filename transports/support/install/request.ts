// What getting an agent to a host needs of a transport's request.

import type { TransportRequest } from "../../../core/mod.ts";

/** What installing needs of a transport's request. */
export type InstallRequest = Pick<TransportRequest, "agents" | "limits" | "signal" | "progress" | "debug"> &
  Partial<Pick<TransportRequest, "settings" | "chosen">>;

/** Tells which agent it is, and why. */
export function tellChosen({ debug, chosen }: Pick<InstallRequest, "debug" | "chosen">, why: string): void {
  debug(`Agent chosen: ${why}`);
  chosen?.(why);
}
