// What can be said of a transport or a rule without a host: whom it claims, what its key does with nonsense, what its routes are
// about.

import type { CaseOutcome } from "../../conformance/case.ts";
import { messageOf } from "../../core/errors.ts";
import { type HostSettings, type PluginKey, planRoutes, type Rule, type SettingsResult, type Transport } from "../../core/mod.ts";

/** One check: what was looked at, and what came out. */
export interface Check {
  readonly name: string;
  readonly result: "ok" | "failed" | "left out";
  /** Why it failed or was left out. */
  readonly message?: string;
}

/** Takes one check. */
export type NoteResult = (name: string, result: Check["result"], message?: string) => void;

/** Takes the outcomes of cases of one kind, such as `egress`. */
export async function noteAll(outcomes: AsyncIterable<CaseOutcome>, kind: string, note: NoteResult): Promise<void> {
  for await (const { name, result, message } of outcomes) note(`${kind}: ${name}`, result, message);
}

/** Hosts that belong to others. */
const NOT_ITS_OWN: readonly HostSettings[] = [{}, { cmd: ["true"] }, { cmd: ["true"], install: true }];
/** What no key should take for good settings without a look at it. */
const NONSENSE: readonly unknown[] = [[null, null], "", 0, true, {}, { "": null }, "\0", [[]], { toString: {} }];

/** Notes what holds for every transport. */
export function checkContract(transport: Transport, note: NoteResult): void {
  const { name, key } = transport;
  if (key === undefined) {
    note(`transport "${name}" has a key of its own`, "left out", "it has none, so that a built-in transport may take its hosts");
    return;
  }
  attempt(`transport "${name}" claims no host without '${key}'`, note, () => {
    const taken = NOT_ITS_OWN.find((settings) => transport.claims(settings));
    return taken === undefined ? undefined : `it claims a host with the settings ${JSON.stringify(taken)}`;
  });
}

/** Notes what holds for every rule; with a value of its key also what its routes come to. */
export function checkRule(rule: Rule, settings: Readonly<Record<string, unknown>> | undefined, note: NoteResult): void {
  const { name, key } = rule;
  const what = `rule "${name}" says what its routes are about`;
  if (settings === undefined || !Object.hasOwn(settings, key)) {
    note(what, "left out", `add --settings '{ ${key}: ... }', as a route would have it in a manifest`);
    return;
  }
  const value = settings[key];
  attempt(what, note, () => {
    const spec = { to: [], via: undefined, rule: key, keys: { [key]: value } };
    planRoutes([spec], [rule]);
    return undefined;
  });
}

/** Notes what holds for every key. */
export function checkKey(key: PluginKey, note: NoteResult): void {
  attempt(`'${key.name}' answers at once, and says what is wrong with nonsense`, note, () => {
    for (const value of NONSENSE) {
      const wrong = wrongAnswer(key, structuredClone(value));
      if (wrong !== undefined) return `for ${JSON.stringify(value)} ${wrong}`;
    }
    return undefined;
  });
  const { jsonSchema } = key.schema["~standard"];
  if (jsonSchema === undefined)
    note(`'${key.name}' tells editors what may stand there`, "left out", "its schema has no 'jsonSchema'");
  else
    attempt(`'${key.name}' tells editors what may stand there`, note, () => {
      const schema: unknown = jsonSchema.input({ target: "draft-2020-12" });
      return typeof schema === "object" && schema !== null ? undefined : "'jsonSchema' gives no object";
    });
}

/** Notes how the way to a host is shown. */
export function checkDescription(transport: Transport, settings: HostSettings, note: NoteResult): void {
  attempt(`transport "${transport.name}" describes the way to the host`, note, () => {
    const text: unknown = transport.describe(settings);
    if (typeof text !== "string" || text.trim() === "") return "it gives no text";
    return /[\p{Cc}\u2028\u2029]/u.test(text) ? `${JSON.stringify(text)} is more than one printable line` : undefined;
  });
}

function wrongAnswer(key: PluginKey, value: unknown): string | undefined {
  const result: Partial<SettingsResult<unknown>> | Promise<unknown> = key.schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    return "it gives a promise";
  }
  if (typeof result !== "object" || result === null) return "it gives no result";
  if (result.issues === undefined) return "value" in result ? undefined : "it gives neither a value nor issues";
  const [first] = result.issues;
  return typeof first?.message === "string" && first.message.trim() !== "" ? undefined : "it gives no sentence";
}

function attempt(name: string, note: NoteResult, look: () => string | undefined): void {
  try {
    const wrong = look();
    if (wrong === undefined) note(name, "ok");
    else note(name, "failed", wrong);
  } catch (thrown) {
    note(name, "failed", `it throws: ${messageOf(thrown)}`);
  }
}
