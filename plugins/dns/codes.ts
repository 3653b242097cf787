// Numbers of the protocol that mean something to us, from IANA's registry of DNS parameters. Nothing else.

/** The port of name servers (RFC 1035 section 4.2). */
export const DNS_PORT = 53;

/** What hosts ask of each other: DNS messages on a stream, each behind its length (RFC 1035 section 4.2.2). */
export const DNS_SERVICE = { kind: "service", name: "dns", port: DNS_PORT } as const;

/** Types of records and questions that are treated in their own way. */
export const TYPE = {
  A: 1,
  CNAME: 5,
  PTR: 12,
  AAAA: 28,
  OPT: 41,
  RRSIG: 46,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

/** Classes of questions that are answered. */
export const CLASS = { IN: 1, ANY: 255 } as const;

/** Response codes (RFC 1035 section 4.1.1, RFC 6891 section 9). */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

/** Extended DNS errors (RFC 8914 section 4). */
export const EDE = { OTHER: 0, BLOCKED: 15, PROHIBITED: 18, NETWORK: 23 } as const;
