// node:dns/promises: `lookup`. Functions that ask name servers for records throw.

import { CODES, missing } from "./names/codes.ts";
import {
  checkName,
  find,
  getDefaultResultOrder,
  type LookupAddress,
  type LookupOptions,
  setDefaultResultOrder,
  wanted,
} from "./names/lookup.ts";

export { getDefaultResultOrder, setDefaultResultOrder };

/** The first address of a name, or with `all` all of them. @throws CodedError at once for what is no name */
export function lookup(hostname: string, options: LookupOptions & { readonly all: true }): Promise<LookupAddress[]>;
export function lookup(hostname: string, options?: LookupOptions | 0 | 4 | 6): Promise<LookupAddress>;
export function lookup(hostname: string, options?: LookupOptions | 0 | 4 | 6): Promise<LookupAddress | LookupAddress[]> {
  checkName(hostname);
  const checked = wanted(options);
  const first = (found: LookupAddress[]) =>
    found[0] ?? { address: null as unknown as string, family: checked.family === 6 ? 6 : 4 };
  return find(hostname, checked).then((found) => (checked.all ? found : first(found)));
}

/** Functions that ask name servers. */
export const resolve = missing("resolve");
export const resolve4 = missing("resolve4");
export const resolve6 = missing("resolve6");
export const resolveTxt = missing("resolveTxt");
export const resolveSrv = missing("resolveSrv");
export const resolveMx = missing("resolveMx");
export const resolveCname = missing("resolveCname");
export const resolveNs = missing("resolveNs");
export const resolvePtr = missing("resolvePtr");
export const reverse = missing("reverse");
export const lookupService = missing("lookupService");
export const getServers = missing("getServers");
export const setServers = missing("setServers");

export default {
  ...CODES,
  getDefaultResultOrder,
  getServers,
  lookup,
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
};
