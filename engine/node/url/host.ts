// Hosts of URLs (URL Standard section 3): names, IPv4 addresses in all their forms, IPv6 addresses, and opaque hosts.

import { toAscii } from "./idna.ts";
import { percentDecoded, percentEncoded } from "./percent.ts";

const FORBIDDEN_IN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_IN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;
/** Names in small letters and digits are most of all. */
const PLAIN = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*$/;

/** A host as URLs show it; undefined for what is none. */
export function parseHost(text: string, isSpecial: boolean): string | undefined {
  if (text.startsWith("[")) return text.endsWith("]") ? parseIpv6(text.slice(1, -1)) : undefined;
  if (!isSpecial) return FORBIDDEN_IN_HOST.test(text) ? undefined : percentEncoded(text, "control");
  if (PLAIN.test(text) && !text.startsWith("xn--") && !text.includes(".xn--")) return text;
  const name = toAscii(percentDecoded(text));
  if (name === undefined || name === "" || FORBIDDEN_IN_DOMAIN.test(name)) return undefined;
  return endsInNumber(name) ? parseIpv4(name) : name;
}

function endsInNumber(name: string): boolean {
  const labels = name.split(".");
  if (labels.at(-1) === "" && labels.length > 1) labels.pop();
  return /^(?:[0-9]+|0[xX][0-9a-fA-F]*)$/.test(labels.at(-1) ?? "");
}

/** One to four numbers, decimal, octal or hexadecimal; the last stands for all bytes that are left. */
function parseIpv4(name: string): string | undefined {
  const labels = name.split(".");
  if (labels.at(-1) === "" && labels.length > 1) labels.pop();
  const numbers = labels.map(numberOf);
  if (labels.length > 4 || numbers.includes(undefined)) return undefined;
  const all = numbers as number[];
  const last = all.pop() ?? 0;
  if (all.some((one) => one > 255) || last >= 256 ** (4 - all.length)) return undefined;
  const address = all.reduce((sum, one, at) => sum + one * 256 ** (3 - at), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function numberOf(label: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]*$/.test(label)) return label.length === 2 ? 0 : Number.parseInt(label, 16);
  if (/^0[0-7]+$/.test(label)) return Number.parseInt(label, 8);
  return /^(?:0|[1-9][0-9]*)$/.test(label) ? Number(label) : undefined;
}

/** The address in brackets, in its shortest form (RFC 5952 section 4). */
function parseIpv6(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half, at) => piecesOf(half, at === halves.length - 1));
  if (before === undefined || (halves.length === 2 && after === undefined)) return undefined;
  const missing = 8 - before.length - (after?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return `[${shortest([...before, ...new Array<number>(missing).fill(0), ...(after ?? [])])}]`;
}

/** Numbers of 16 bits; the last two may be written as an IPv4 address. */
function piecesOf(half: string, isLast: boolean): number[] | undefined {
  if (half === "") return [];
  const pieces: number[] = [];
  const words = half.split(":");
  for (const [at, word] of words.entries()) {
    const bytes = isLast && at === words.length - 1 ? bytesOf(word) : undefined;
    if (bytes !== undefined) pieces.push((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0), (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0));
    else if (/^[0-9a-f]{1,4}$/i.test(word)) pieces.push(Number.parseInt(word, 16));
    else return undefined;
  }
  return pieces;
}

function bytesOf(word: string): number[] | undefined {
  if (!/^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/.test(word)) return undefined;
  const bytes = word.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The first of the longest runs of at least two zeros is left out. */
function shortest(pieces: readonly number[]): string {
  let [start, length] = [-1, 1];
  for (let at = 0; at < pieces.length; at += 1) {
    let end = at;
    while (pieces[end] === 0) end += 1;
    if (end - at > length) [start, length] = [at, end - at];
    at = Math.max(at, end - 1);
  }
  const hex = (part: readonly number[]) => part.map((piece) => piece.toString(16)).join(":");
  return start < 0 ? hex(pieces) : `${hex(pieces.slice(0, start))}::${hex(pieces.slice(start + length))}`;
}
