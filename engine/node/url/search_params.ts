// URLSearchParams (URL Standard section 6.2).

import { coded } from "../errors.ts";
import { percentDecoded } from "./percent.ts";

type Pairs = [name: string, value: string][];

/** What parameters are made of. */
export type SearchParamsInit = string | Iterable<readonly [string, string]> | Readonly<Record<string, string>> | null | undefined;

function parsed(text: string): Pairs {
  const parts = text.split("&").filter((part) => part !== "");
  return parts.map((part) => {
    const cut = part.indexOf("=");
    const [name, value] = cut < 0 ? [part, ""] : [part.slice(0, cut), part.slice(cut + 1)];
    return [percentDecoded(name.replaceAll("+", " ")), percentDecoded(value.replaceAll("+", " "))];
  });
}

/** The encoding of forms: a space is a plus (section 5.2). */
function encoded(text: string): string {
  const escaped = encodeURIComponent(text.toWellFormed()).replace(
    /[!'()~]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll("%20", "+");
}

let setListener: (params: URLSearchParams, changed: (text: string) => void) => void;
let replacePairs: (params: URLSearchParams, text: string) => void;

/** Has a function called with the text after each change of the parameters. */
export function onChange(params: URLSearchParams, changed: (text: string) => void): void {
  setListener(params, changed);
}

/** Gives parameters another text, of which nobody is told. */
export function replaceText(params: URLSearchParams, text: string): void {
  replacePairs(params, text);
}

/** Parameters of a query. */
export class URLSearchParams {
  #pairs: Pairs = [];
  #changed: ((text: string) => void) | undefined;

  static {
    setListener = (params, changed) => {
      params.#changed = changed;
    };
    replacePairs = (params, text) => {
      params.#pairs = parsed(text);
    };
  }

  constructor(init?: SearchParamsInit) {
    if (init === undefined || init === null) return;
    if (typeof init !== "object" && typeof init !== "function") this.#pairs = parsed(wellFormed(init).replace(/^\?/, ""));
    else if (Symbol.iterator in init) for (const pair of init) this.#pairs.push(pairOf(pair));
    else for (const [name, value] of Object.entries(init)) this.#pairs.push([wellFormed(name), wellFormed(value)]);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([wellFormed(name), wellFormed(value)]);
    this.#tell();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter((pair) => !matches(pair, name, value));
    this.#tell();
  }

  get(name: string): string | null {
    return this.#pairs.find((pair) => matches(pair, name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter((pair) => matches(pair, name)).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((pair) => matches(pair, name, value));
  }

  /** One pair of the name stays, with the value. */
  set(name: string, value: string): void {
    const at = this.#pairs.findIndex((pair) => matches(pair, name));
    if (at < 0) this.#pairs.push([wellFormed(name), wellFormed(value)]);
    else {
      this.#pairs = this.#pairs.filter((pair, place) => place <= at || !matches(pair, name));
      this.#pairs[at] = [wellFormed(name), wellFormed(value)];
    }
    this.#tell();
  }

  /** Sorts by names; pairs of one name stay in their order. */
  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#tell();
  }

  forEach(call: (value: string, name: string, params: this) => void, self?: unknown): void {
    for (let at = 0; at < this.#pairs.length; at += 1) {
      const [name, value] = this.#pairs[at] as [string, string];
      call.call(self, value, name, this);
    }
  }

  *entries(): IterableIterator<[string, string]> {
    for (let at = 0; at < this.#pairs.length; at += 1) yield [...(this.#pairs[at] as [string, string])];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map((pair) => pair.map(encoded).join("=")).join("&");
  }

  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }

  #tell(): void {
    this.#changed?.(this.toString());
  }
}

function wellFormed(text: unknown): string {
  return `${text as string}`.toWellFormed();
}

function matches([name, value]: readonly [string, string], wanted: string, of?: string): boolean {
  return name === wellFormed(wanted) && (of === undefined || value === wellFormed(of));
}

function pairOf(pair: Iterable<string>): [string, string] {
  const [name, value, ...more] = [...pair];
  if (name === undefined || value === undefined || more.length > 0) {
    throw coded("ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple", TypeError);
  }
  return [wellFormed(name), wellFormed(value)];
}
