// Where a program listens or is dialled, and the one way to write it. Pure.

/** The largest port number of TCP and UDP. */
export const LAST_PORT = 65_535;

/** What runs on a port. */
export type Protocol = "tcp" | "udp";

/** An address or a name, an IPv6 address without brackets, and a port. */
export interface TcpPlace {
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
}

/** A Unix socket. */
export interface UnixPlace {
  readonly path: string;
}

/** A place on a machine that programs connect to. */
export type Place = TcpPlace | UnixPlace;

/** A place as people and keys have it: `host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2), `unix:` and a path. */
export function showPlace(place: Place): string {
  if ("path" in place) return `unix:${place.path}`;
  const { host, port } = place;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
