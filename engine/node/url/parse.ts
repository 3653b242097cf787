// Texts to URLs (URL Standard section 4.4). The standard goes through a text character by character; here its parts are cut off from both
// ends, with the same result.

import { parseHost } from "./host.ts";
import { percentEncoded } from "./percent.ts";
import { defaultPort, isSpecial, type UrlRecord } from "./record.ts";

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
const ENDS = /^[\0-\x20]+|[\0-\x20]+$/g;
const LEFT_OUT = /[\t\n\r]/g;
const DRIVE = /^[a-zA-Z][:|]$/;
const STARTS_WITH_DRIVE = /^[a-zA-Z][:|](?:[/\\]|$)/;

/** A URL; undefined for what is none. @param base What a relative one is relative to */
export function parseUrl(input: string, base?: UrlRecord): UrlRecord | undefined {
  let rest = input.replace(ENDS, "").replace(LEFT_OUT, "");
  const url: UrlRecord = {
    scheme: "",
    username: "",
    password: "",
    host: null,
    port: null,
    path: [],
    query: null,
    fragment: null,
  };
  const scheme = SCHEME.exec(rest)?.[1];
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    url.fragment = percentEncoded(rest.slice(hash + 1), "fragment");
    rest = rest.slice(0, hash);
  }
  const mark = rest.indexOf("?");
  const query = mark < 0 ? null : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  // To an opaque path nothing but a fragment is relative.
  if (scheme === undefined && mark >= 0 && typeof base?.path === "string") return undefined;
  const isParsed =
    scheme === undefined ? relative(url, rest, base) : absolute(url, scheme.toLowerCase(), rest.slice(scheme.length + 1), base);
  if (!isParsed) return undefined;
  if (query !== null) url.query = percentEncoded(query, isSpecial(url) ? "specialQuery" : "query");
  if (typeof url.path === "string" && (query !== null || url.fragment !== null)) url.path = url.path.replace(/ $/, "%20");
  return url;
}

/** After a scheme. */
function absolute(url: UrlRecord, scheme: string, rest: string, base?: UrlRecord): boolean {
  url.scheme = scheme;
  if (scheme === "file") return file(url, rest, base?.scheme === "file" ? base : undefined);
  if (isSpecial(url)) {
    if (base?.scheme === scheme && !/^\/\//.test(rest)) return relativeTo(url, rest, base);
    return authority(url, rest.replace(/^[/\\]+/, ""));
  }
  if (rest.startsWith("//")) return authority(url, rest.slice(2));
  if (!rest.startsWith("/")) url.path = percentEncoded(rest, "control");
  else setPath(url, rest);
  return true;
}

/** Without a scheme. */
function relative(url: UrlRecord, rest: string, base?: UrlRecord): boolean {
  if (base === undefined) return false;
  url.scheme = base.scheme;
  if (typeof base.path !== "string") return base.scheme === "file" ? file(url, rest, base) : relativeTo(url, rest, base);
  if (rest !== "" || url.fragment === null) return false;
  Object.assign(url, { path: base.path, query: base.query });
  return true;
}

function relativeTo(url: UrlRecord, rest: string, base: UrlRecord): boolean {
  const slashes = isSpecial(url) ? /^[/\\]*/ : /^\/*/;
  const start = slashes.exec(rest)?.[0] ?? "";
  if (start.length >= 2) return authority(url, isSpecial(url) ? rest.slice(start.length) : rest.slice(2));
  const { username, password, host, port, path } = base;
  Object.assign(url, { username, password, host, port });
  if (start.length === 1) setPath(url, rest);
  else addPath(url, rest, path as string[], base.query);
  return true;
}

/** What follows the path of the base, whose last segment is left out. */
function addPath(url: UrlRecord, rest: string, path: readonly string[], query: string | null): void {
  url.path = [...path];
  if (rest === "") {
    url.query = query;
    return;
  }
  shorten(url);
  setPath(url, `/${rest}`, url.path);
}

/** User, password, host and port, and the path after them. */
function authority(url: UrlRecord, rest: string): boolean {
  const end = rest.search(isSpecial(url) ? /[/\\]/ : /\//);
  const whole = end < 0 ? rest : rest.slice(0, end);
  const at = whole.lastIndexOf("@");
  if (at >= 0) setUser(url, whole.slice(0, at));
  if (!setHost(url, whole.slice(at + 1)) || (at >= 0 && url.host === "")) return false;
  setPath(url, end < 0 ? "" : rest.slice(end));
  return true;
}

function setUser(url: UrlRecord, user: string): void {
  const colon = user.indexOf(":");
  url.username = percentEncoded(colon < 0 ? user : user.slice(0, colon), "userinfo");
  url.password = colon < 0 ? "" : percentEncoded(user.slice(colon + 1), "userinfo");
}

/** Host and port, with brackets around what has colons. */
export function setHost(url: UrlRecord, text: string): boolean {
  const [, name = "", port] = /^(\[[^\]]*\][^:]*|[^:[]*(?:\[[^\]]*\]?[^:]*)*)(?::(.*))?$/s.exec(text) ?? [undefined, text];
  if (name === "" && (isSpecial(url) || port !== undefined)) return false;
  const host = name === "" ? "" : parseHost(name, isSpecial(url));
  if (host === undefined) return false;
  url.host = host;
  url.port = null;
  return port === undefined || port === "" || setPort(url, port);
}

/**
 * Gives a URL another host, and with `withPort` another port too; what follows them is left out.
 * @returns false where the text is no host, or the URL can have none; nothing has changed then
 */
export function changeHost(url: UrlRecord, text: string, withPort: boolean): boolean {
  if (typeof url.path === "string") return false;
  const clean = text.toWellFormed().replace(LEFT_OUT, "");
  const end = clean.search(isSpecial(url) ? /[/\\?#]/ : /[/?#]/);
  const whole = end < 0 ? clean : clean.slice(0, end);
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?=:|$)(?::([0-9]*))?/s.exec(whole) ?? [undefined, "["];
  const hasPort = whole.length > name.length;
  if (hasPort && (!withPort || name === "" || url.scheme === "file")) return false;
  const changed = { ...url };
  if (name === "" ? isSpecial(url) && url.scheme !== "file" : !setHost(changed, name)) return false;
  if (name === "" && (url.username !== "" || url.password !== "" || url.port !== null)) return false;
  url.host = name === "" || (url.scheme === "file" && changed.host === "localhost") ? "" : changed.host;
  if (port) setPort(url, port);
  return true;
}

/** @returns false for what is no number of a port */
export function setPort(url: UrlRecord, text: string): boolean {
  if (!/^[0-9]+$/.test(text) || Number(text) > 65535) return false;
  url.port = Number(text) === defaultPort(url) ? null : Number(text);
  return true;
}

/** A path, which begins with a slash or is empty, after the segments that are there. */
export function setPath(url: UrlRecord, text: string, before: string[] = []): void {
  url.path = before;
  if (text === "") {
    if (isSpecial(url)) url.path = [""];
    return;
  }
  const segments = text.split(isSpecial(url) ? /[/\\]/ : "/").slice(1);
  for (const [at, segment] of segments.entries()) addSegment(url, url.path, segment, at === segments.length - 1);
}

function addSegment(url: UrlRecord, path: string[], segment: string, isLast: boolean): void {
  const dots = segment.replace(/%2e/gi, ".");
  if (dots === "..") shorten(url);
  if (dots === "." || dots === "..") {
    if (isLast) path.push("");
    return;
  }
  const isDrive = url.scheme === "file" && path.length === 0 && DRIVE.test(segment);
  path.push(isDrive ? `${segment[0]}:` : percentEncoded(segment, "path"));
}

/** Leaves the last segment out, but for the letter of a drive. */
function shorten({ scheme, path }: UrlRecord): void {
  if (typeof path === "string" || (scheme === "file" && path.length === 1 && /^[a-zA-Z]:$/.test(path[0] ?? ""))) return;
  path.pop();
}

/** @param base another `file:` URL */
function file(url: UrlRecord, rest: string, base?: UrlRecord): boolean {
  url.host = "";
  const slashes = /^[/\\]{0,2}/.exec(rest)?.[0].length ?? 0;
  if (slashes === 2) return fileHost(url, rest.slice(2));
  if (base !== undefined) url.host = base.host;
  if (slashes === 1) {
    const drive = typeof base?.path === "object" ? base.path[0] : undefined;
    const keepsDrive = drive !== undefined && /^[a-zA-Z]:$/.test(drive) && !STARTS_WITH_DRIVE.test(rest.slice(1));
    setPath(url, rest, keepsDrive ? [drive] : []);
  } else if (base === undefined) setPath(url, `/${rest}`);
  else if (STARTS_WITH_DRIVE.test(rest)) setPath(url, `/${rest}`);
  else addPath(url, rest, base.path as string[], base.query);
  return true;
}

function fileHost(url: UrlRecord, rest: string): boolean {
  const end = rest.search(/[/\\]/);
  const name = end < 0 ? rest : rest.slice(0, end);
  if (DRIVE.test(name)) {
    setPath(url, `/${rest}`);
    return true;
  }
  const host = name === "" ? "" : parseHost(name, true);
  if (host === undefined) return false;
  url.host = host === "localhost" ? "" : host;
  setPath(url, end < 0 ? "" : rest.slice(end));
  return true;
}
