// A URL in parts (URL Standard section 4.1), and its text (section 4.5).

/** Schemes that have an authority and a path, with their default ports. */
const DEFAULT_PORTS: Readonly<Record<string, number | null>> = { ftp: 21, file: null, http: 80, https: 443, ws: 80, wss: 443 };

/** A URL in parts. */
export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** As it is shown; null where there is none. */
  host: string | null;
  port: number | null;
  /** Segments; a text where it is opaque, as in `mailto:`. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

/** Whether a URL is of a scheme that has rules of its own. */
export function isSpecial({ scheme }: Pick<UrlRecord, "scheme">): boolean {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

/** The port that need not be written. */
export function defaultPort({ scheme }: Pick<UrlRecord, "scheme">): number | null {
  return isSpecial({ scheme }) ? (DEFAULT_PORTS[scheme] ?? null) : null;
}

/** Whether a URL cannot have a user, a password and a port. */
export function hasNoCredentials({ host, scheme }: UrlRecord): boolean {
  return host === null || host === "" || scheme === "file";
}

/** The path as text. */
export function pathText({ path }: UrlRecord): string {
  return typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");
}

/** Host and port as text. */
export function hostText({ host, port }: UrlRecord): string {
  return port === null ? (host ?? "") : `${host ?? ""}:${port}`;
}

/** The whole as text. */
export function urlText(url: UrlRecord, withFragment = true): string {
  const { scheme, username, password, host, path, query, fragment } = url;
  const user = password === "" ? username : `${username}:${password}`;
  const authority = `//${user === "" ? "" : `${user}@`}${hostText(url)}`;
  // Without a host, a path that begins with two slashes would be taken for one.
  const noHost = typeof path !== "string" && path.length > 1 && path[0] === "" ? "/." : "";
  const end = `${query === null ? "" : `?${query}`}${fragment === null || !withFragment ? "" : `#${fragment}`}`;
  return `${scheme}:${host === null ? noHost : authority}${pathText(url)}${end}`;
}
