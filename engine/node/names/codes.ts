// What `node:dns` and `node:dns/promises` have in common: codes of errors, and functions that this engine does not have.

import { unsupported } from "../errors.ts";

/** `dns.NODATA` and the others. */
export const CODES = {
  NODATA: "ENODATA",
  FORMERR: "EFORMERR",
  SERVFAIL: "ESERVFAIL",
  NOTFOUND: "ENOTFOUND",
  NOTIMP: "ENOTIMP",
  REFUSED: "EREFUSED",
  CONNREFUSED: "ECONNREFUSED",
  TIMEOUT: "ETIMEOUT",
  CANCELLED: "ECANCELLED",
} as const;

/** A function that throws: the engine finds names as the host's own programs do, and asks no name server for other records. */
export function missing(name: string): (...args: unknown[]) => never {
  return () => {
    throw unsupported(`dns.${name}`);
  };
}
