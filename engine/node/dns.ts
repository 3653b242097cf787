// node:dns: `lookup`. Functions that ask name servers for records throw.

import promises from "./dns_promises.ts";
import { checkFunction } from "./errors.ts";
import { ADDRCONFIG, ALL, checkName, find, type LookupAddress, type LookupOptions, V4MAPPED, wanted } from "./names/lookup.ts";

export { ADDRCONFIG, ALL, promises, V4MAPPED };

type Done = (error: Error | null, address?: string | null | LookupAddress[], family?: number) => void;

/** Calls back with the first address of a name and its family, or with `all` with all addresses. */
export function lookup(hostname: string, options: LookupOptions | 0 | 4 | 6 | Done, callback?: Done): void {
  const done = typeof options === "function" ? options : callback;
  checkFunction(done, "callback");
  checkName(hostname);
  const checked = wanted(typeof options === "function" ? undefined : options);
  find(hostname, checked).then(
    (found) => process.nextTick(tell, done as Done, found, checked),
    (thrown: Error) => process.nextTick(done as Done, thrown),
  );
}

function tell(done: Done, found: LookupAddress[], { all, family }: ReturnType<typeof wanted>): void {
  if (all) done(null, found);
  else done(null, found[0]?.address ?? null, found[0]?.family ?? (family === 6 ? 6 : 4));
}

export const {
  getDefaultResultOrder,
  getServers,
  lookupService,
  resolve,
  resolve4,
  resolve6,
  resolveCname,
  resolveMx,
  resolveNs,
  resolvePtr,
  resolveSrv,
  resolveTxt,
  reverse,
  setDefaultResultOrder,
  setServers,
} = promises;

export default { ...promises, ADDRCONFIG, ALL, V4MAPPED, lookup, promises };
