// The options of `norouter serve`.

/** Options of 'norouter serve'. */
export const SERVE_OPTIONS = ["listen", "secret-file", "cert", "key", "ca", "allow"] as const;

/** What was given for each of them, as all options are read. */
interface GivenOfServe extends Pick<ServeValues, "json" | "debug"> {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly listen?: readonly string[] | undefined;
  readonly "secret-file"?: readonly string[] | undefined;
  readonly allow?: readonly string[] | undefined;
}

/** What 'norouter serve' is given. */
export interface ServeValues {
  readonly listen: readonly string[];
  readonly secretFiles: readonly string[];
  /** Files of given certificates. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly allow: readonly string[];
  readonly json: boolean;
  readonly debug: boolean;
}

/** The options of 'norouter serve'. */
export function serveValues(values: GivenOfServe): ServeValues {
  const { listen = [], "secret-file": secretFiles = [], cert, key, ca, allow = [], json, debug } = values;
  return { listen, secretFiles, cert, key, ca, allow, json, debug };
}
