// Errors as Node makes them: those of the system with `code`, `errno` and `syscall`, and Node's own with a code alone.

import { errorText } from "engine:host";
import { ERRNO_NAMES } from "./errno_names.ts";

/** What a system error says beside its message; which members it has depends on the call that failed. */
export interface SystemErrorFacts {
  code: string;
  /** Below zero, as libuv counts. */
  errno: number;
  syscall: string;
  address?: string;
  port?: number;
  path?: string;
  dest?: string;
}

/** An error of a system call. */
export type SystemError = Error & SystemErrorFacts;

/** An error of Node's own. */
export type CodedError = Error & { code: string };

/** The name of an error number below zero, such as `ECONNREFUSED`. */
export function codeOf(errno: number): string {
  return ERRNO_NAMES[-errno] ?? `Unknown system error ${errno}`;
}

/** What an error number means, in libuv's words where they are other than the C library's. */
function textOf(errno: number): string {
  const code = codeOf(errno);
  const text = errorText(-errno);
  return TEXTS[code] ?? text.charAt(0).toLowerCase() + text.slice(1);
}

const TEXTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "address already in use",
  EBUSY: "resource busy or locked",
  EEXIST: "file already exists",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  ELOOP: "too many symbolic links encountered",
  EMFILE: "too many open files",
  ENAMETOOLONG: "name too long",
  ENFILE: "file table overflow",
  ENOMEM: "not enough memory",
  ENOTSUP: "operation not supported on socket",
  ENOTTY: "inappropriate ioctl for device",
  EOVERFLOW: "value too large for defined data type",
  ETIMEDOUT: "connection timed out",
  ETXTBSY: "text file is busy",
  EXDEV: "cross-device link not permitted",
};

/** An error such as `read ECONNRESET`. */
export function systemError(errno: number, syscall: string): SystemError {
  const code = codeOf(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}

/**
 * An error that names an address, such as `connect ECONNREFUSED 127.0.0.1:80`, or a Unix socket's path where there is no port.
 * @param local The own address, where the caller asked for one: `127.0.0.1:0`.
 */
export function addressError(errno: number, syscall: string, address: string, port?: number, local?: string): SystemError {
  const code = codeOf(errno);
  const place = port !== undefined && port > 0 ? `${address}:${port}` : address;
  const error = new Error(`${syscall} ${code} ${place}${local === undefined ? "" : ` - Local (${local})`}`);
  return Object.assign(error, { errno, code, syscall, address, ...(port !== undefined && port > 0 ? { port } : {}) });
}

/** An error such as `listen EADDRINUSE: address already in use 127.0.0.1:80`; below zero for a Unix socket's path there is no port. */
export function listenError(errno: number, address: string | undefined, port: number | undefined): SystemError {
  const code = codeOf(errno);
  const place = port !== undefined && port > 0 ? ` ${address}:${port}` : address === undefined ? "" : ` ${address}`;
  const error = new Error(`listen ${code}: ${textOf(errno)}${place}`);
  const facts = { errno, code, syscall: "listen" };
  return Object.assign(error, facts, address === undefined ? {} : { address }, port ? { port } : {});
}

/** An error of a file, such as `ENOENT: no such file or directory, open '/a'`. */
export function fileError(errno: number, syscall: string, path?: string, dest?: string): SystemError {
  const code = codeOf(errno);
  const where = path === undefined ? "" : ` '${path}'${dest === undefined ? "" : ` -> '${dest}'`}`;
  const error = new Error(`${code}: ${textOf(errno)}, ${syscall}${where}`);
  return Object.assign(error, {
    errno,
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

/** An error of Node's own by its code and message. */
export function coded(code: string, message: string, Kind: new (message: string) => Error = Error): CodedError {
  return Object.assign(new Kind(message), { code });
}

/**
 * `ERR_INVALID_ARG_TYPE`.
 * @param wanted What it must be, such as `of type string or an instance of Buffer`
 */
export function invalidArgType(name: string, wanted: string, value: unknown): CodedError {
  const what = name.endsWith(" argument") ? `The ${name}` : `The "${name}" ${name.includes(".") ? "property" : "argument"}`;
  return coded("ERR_INVALID_ARG_TYPE", `${what} must be ${wanted}. Received ${shown(value)}`, TypeError);
}

/** `ERR_INVALID_ARG_VALUE`. */
export function invalidArgValue(name: string, value: unknown, reason = "is invalid"): CodedError {
  const kind = name.includes(".") ? "property" : "argument";
  return coded("ERR_INVALID_ARG_VALUE", `The ${kind} '${name}' ${reason}. Received ${literal(value)}`, TypeError);
}

/**
 * `ERR_OUT_OF_RANGE`.
 * @param range What the value must be, such as `>= 0 and <= 3`
 */
export function outOfRange(name: string, range: string, value: unknown): CodedError {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${literal(value)}`;
  return coded("ERR_OUT_OF_RANGE", message, RangeError);
}

/** What the engine lacks: an option or a function that a program asks for and that cannot be left out in silence. */
export function unsupported(what: string): CodedError {
  return coded("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", `The agent's engine does not support ${what}`);
}

/** What `AbortController.abort` leads to. */
export class AbortError extends Error {
  readonly code: string = "ABORT_ERR";

  constructor(message = "The operation was aborted", options?: ErrorOptions) {
    super(message, options);
    this.name = "AbortError";
  }
}

/** An error that names what was aborted for the reason that a signal has. */
export function abortErrorOf(signal: AbortSignal): AbortError {
  return new AbortError(undefined, { cause: signal.reason });
}

/** @throws CodedError `ERR_INVALID_ARG_TYPE` unless `value` is a function */
export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw invalidArgType(name, "of type function", value);
}

/** @throws CodedError `ERR_INVALID_ARG_TYPE` unless `value` is undefined or has `aborted`, as an AbortSignal has */
export function checkSignal(value: unknown, name = "options.signal"): void {
  if (value === undefined || (typeof value === "object" && value !== null && "aborted" in value)) return;
  throw invalidArgType(name, "an instance of AbortSignal", value);
}

/** A value as Node's messages show it: `type number (5)`, `an instance of Map`. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : "[Object: null prototype] {}";
  }
  const text = literal(value);
  return `type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}

function literal(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "bigint") return `${grouped(String(value))}n`;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) > 2 ** 32) return grouped(String(value));
  if (typeof value === "object" && value !== null) return shown(value);
  return String(value);
}

/** Digits in groups of three: `4_294_967_296`. */
function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, "_");
}
