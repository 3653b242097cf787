// URL (URL Standard section 6.1).

import { coded } from "../errors.ts";
import { changeHost, parseUrl, setPath, setPort } from "./parse.ts";
import { percentEncoded } from "./percent.ts";
import { defaultPort, hasNoCredentials, hostText, isSpecial, pathText, type UrlRecord, urlText } from "./record.ts";
import { onChange, replaceText, URLSearchParams } from "./search_params.ts";

function parsed(input: unknown, base: unknown): UrlRecord | undefined {
  if (base === undefined) return parseUrl(`${input as string}`.toWellFormed());
  const from = parseUrl(`${base as string}`.toWellFormed());
  return from === undefined ? undefined : parseUrl(`${input as string}`.toWellFormed(), from);
}

/** An address. What a setter cannot use changes nothing. */
export class URL {
  #record: UrlRecord;
  /** Made when it is asked for. */
  #params: URLSearchParams | undefined;

  /** @throws CodedError `ERR_INVALID_URL` */
  constructor(input: string | URL, base?: string | URL) {
    const record = parsed(input, base);
    if (record === undefined) throw invalid(`${input}`, base);
    this.#record = record;
  }

  static canParse(input: string | URL, base?: string | URL): boolean {
    return parsed(input, base) !== undefined;
  }

  static parse(input: string | URL, base?: string | URL): URL | null {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }

  get href(): string {
    return urlText(this.#record);
  }

  set href(text: string) {
    const record = parsed(text, undefined);
    if (record === undefined) throw invalid(`${text}`, undefined);
    this.#record = record;
    this.#newParams();
  }

  get origin(): string {
    const { scheme, path } = this.#record;
    if (scheme === "blob" && typeof path === "string") {
      const inner = parseUrl(path);
      return inner !== undefined && /^https?$/.test(inner.scheme) ? `${inner.scheme}://${hostText(inner)}` : "null";
    }
    return isSpecial(this.#record) && scheme !== "file" ? `${scheme}://${hostText(this.#record)}` : "null";
  }

  get protocol(): string {
    return `${this.#record.scheme}:`;
  }

  set protocol(text: string) {
    const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*)(?::|$)/.exec(`${text}`.replace(/[\t\n\r]/g, ""))?.[1]?.toLowerCase();
    const url = this.#record;
    if (scheme === undefined || isSpecial({ scheme }) !== isSpecial(url)) return;
    if (scheme === "file" && (url.username !== "" || url.password !== "" || url.port !== null)) return;
    if (url.scheme === "file" && url.host === "") return;
    url.scheme = scheme;
    if (url.port === defaultPort(url)) url.port = null;
  }

  get username(): string {
    return this.#record.username;
  }

  set username(text: string) {
    if (!hasNoCredentials(this.#record)) this.#record.username = percentEncoded(`${text}`.toWellFormed(), "userinfo");
  }

  get password(): string {
    return this.#record.password;
  }

  set password(text: string) {
    if (!hasNoCredentials(this.#record)) this.#record.password = percentEncoded(`${text}`.toWellFormed(), "userinfo");
  }

  get host(): string {
    return hostText(this.#record);
  }

  set host(text: string) {
    changeHost(this.#record, `${text}`, true);
  }

  get hostname(): string {
    return this.#record.host ?? "";
  }

  set hostname(text: string) {
    changeHost(this.#record, `${text}`, false);
  }

  get port(): string {
    return this.#record.port === null ? "" : String(this.#record.port);
  }

  set port(text: string) {
    if (hasNoCredentials(this.#record)) return;
    const digits = /^[0-9]+/.exec(`${text}`.replace(/[\t\n\r]/g, ""))?.[0];
    if (`${text}` === "") this.#record.port = null;
    else if (digits !== undefined) setPort(this.#record, digits);
  }

  get pathname(): string {
    return pathText(this.#record);
  }

  set pathname(text: string) {
    if (typeof this.#record.path === "string") return;
    const clean = `${text}`.toWellFormed().replace(/[\t\n\r]/g, "");
    const isRooted = clean.startsWith("/") || (isSpecial(this.#record) && clean.startsWith("\\"));
    const isEmpty = clean === "" && !isSpecial(this.#record) && this.#record.host !== null;
    setPath(this.#record, isRooted || isEmpty ? clean : `/${clean}`);
  }

  get search(): string {
    const { query } = this.#record;
    return query === null || query === "" ? "" : `?${query}`;
  }

  set search(text: string) {
    const query = `${text}`
      .toWellFormed()
      .replace(/^\?/, "")
      .replace(/[\t\n\r]/g, "");
    this.#record.query = `${text}` === "" ? null : percentEncoded(query, isSpecial(this.#record) ? "specialQuery" : "query");
    this.#newParams();
  }

  get searchParams(): URLSearchParams {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams();
      this.#newParams();
      onChange(this.#params, (query) => {
        this.#record.query = query === "" ? null : query;
      });
    }
    return this.#params;
  }

  get hash(): string {
    const { fragment } = this.#record;
    return fragment === null || fragment === "" ? "" : `#${fragment}`;
  }

  set hash(text: string) {
    const fragment = `${text}`
      .toWellFormed()
      .replace(/^#/, "")
      .replace(/[\t\n\r]/g, "");
    this.#record.fragment = `${text}` === "" ? null : percentEncoded(fragment, "fragment");
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  get [Symbol.toStringTag](): string {
    return "URL";
  }

  #newParams(): void {
    if (this.#params !== undefined) replaceText(this.#params, this.#record.query ?? "");
  }
}

function invalid(input: string, base: string | URL | undefined): Error {
  const error = coded("ERR_INVALID_URL", "Invalid URL", TypeError);
  return Object.assign(error, { input, ...(base === undefined ? {} : { base: `${base}` }) });
}
