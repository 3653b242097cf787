// System error codes to the project's own. The runtimes disagree about some, so both front-ends and egress ask
// here.

import process from "node:process";
import { ERRORS, type ErrorCode, NoRouterError } from "../../core/mod.ts";
import { lacksFiles } from "./shortage.ts";

const DIAL: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "refused",
  ENOENT: "refused", // nobody has made the Unix socket
  ENOTDIR: "refused",
  ECONNRESET: "reset",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timed-out",
  ENOTFOUND: "name-not-found",
  EAI_AGAIN: "name-not-found",
  EACCES: "denied",
  EPERM: "denied",
  EMFILE: "too-many-files",
  ENFILE: "too-many-files",
  ENOMEM: "out-of-memory",
};

/** What the machine that dials lacks; the target was not asked. */
const LOCAL: Readonly<Record<string, string>> = {
  EMFILE: "the agent may not open more files",
  ENFILE: "the machine may not open more files",
  EADDRNOTAVAIL: "the machine has no local address or port left for it",
  EAGAIN: "the machine has no local port left for it, or the queue of its Unix socket is full",
  ENOBUFS: "the machine has no memory left for it",
  ENOMEM: "the machine has no memory left for it",
};

const LISTEN: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-unavailable",
  EINVAL: "address-unavailable", // Deno's name for an address that is not there
  EACCES: "address-denied",
  EPERM: "address-denied",
  EMFILE: "too-many-files",
  ENFILE: "too-many-files",
};

/** The error of a connection; Bun calls one refused for which it could open no file. */
export function trueDialError(error: Error): Error {
  const isRefused = process.versions.bun !== undefined && systemCode(error) === "ECONNREFUSED";
  return isRefused && lacksFiles(1) ? Object.assign(new Error("Too many open files"), { code: "EMFILE" }) : error;
}

/** Why a target could not be reached. */
export function dialErrorCode(thrown: unknown): ErrorCode {
  return DIAL[systemCode(thrown)] ?? "unreachable";
}

/** What this machine lacks to dial; undefined where it is not at fault. */
export function localFailure(thrown: unknown): string | undefined {
  return LOCAL[systemCode(thrown)];
}

/** Why an address cannot be listened on. */
export function listenErrorCode(thrown: unknown): ErrorCode {
  return LISTEN[systemCode(thrown)] ?? "address-unavailable";
}

/** A failure to listen, with its code and a sentence that names the address. */
export function listenError(address: string, thrown: unknown): NoRouterError {
  const known = thrown instanceof NoRouterError ? thrown : undefined;
  const code = known?.code ?? listenErrorCode(thrown);
  return new NoRouterError(code, `Cannot listen on ${address}: ${known?.message ?? ERRORS[code].meaning}`, { cause: thrown });
}

/** The code of a system error; of the first where several addresses were tried. */
function systemCode(thrown: unknown): string {
  const { code, errors } = thrown as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors?.[0] === undefined ? "" : systemCode(errors[0]);
}
