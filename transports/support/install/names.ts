// What an agent is called on a host: each form has a folder of its own, so that hosts of one machine that are given different forms
// leave each other's alone.

import { type AgentFile, shortHash } from "../../../core/mod.ts";

/** The forms of an agent that a host can keep. */
export const FORMS = ["script", "engine", "program"] as const;

/** How long an agent of another version is left alone after it was put there or started: another manager may be about to start it. */
export const UNUSED_MINUTES = 60;

/** One of them. */
export type KeptForm = (typeof FORMS)[number];

/** Names of an agent on a host. */
export interface Names {
  /** Of its version: the first digits of the script's SHA-256. */
  readonly hash: string;
  /** Letters and digits that no other start has. */
  readonly nonce: string;
}

/** The names for a start. */
export function namesFor({ sha256 }: Pick<AgentFile, "sha256">): Names {
  return { hash: shortHash(sha256), nonce: crypto.randomUUID().slice(0, 8) };
}

/** The name of a form's folder. */
export function agentName({ hash }: Pick<Names, "hash">, form: KeptForm): string {
  return `${hash}-${form}`;
}
