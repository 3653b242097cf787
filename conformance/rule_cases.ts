// What any rule has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { messageOf, NoRouterError } from "../core/errors.ts";
import type { PluginKey, SettingsResult } from "../core/plugin/key.ts";
import type { Rule } from "../core/plugin/rule.ts";
import { type PlannedRoute, planRoutes } from "../core/routes/plan.ts";
import type { Case } from "./case.ts";

/** What the cases run on. */
export interface RuleSubject {
  readonly rule: Rule;
  /** The key of routes that it reads. */
  readonly key: PluginKey;
  /** A value of the key as a manifest has it, which is about something. Absent: nobody knows one. */
  readonly value?: unknown;
  /** Folder to which paths in the value are relative; default: none. */
  readonly folder?: string;
  /** What the schema has made of such a value, in place of one. */
  readonly settings?: unknown;
}

/** One case. */
export type RuleCase = Case<RuleSubject>;

/** What a manifest may hold by mistake. */
const NONSENSE: readonly unknown[] = [null, true, 0, -1.5, "", "\0", "*", [], [[]], [null], {}, { "": null }, { to: [7] }];

const needsValue = ({ key, value, settings = value }: RuleSubject) =>
  settings === undefined ? `no value of '${key.name}' is known` : undefined;

/** What the schema makes of a value; undefined for what it refuses. @throws AssertionError where it gives no answer at once */
function checkedValue({ key }: RuleSubject, value: unknown): { readonly settings: unknown } | undefined {
  const result: SettingsResult<unknown> | Promise<unknown> = key.schema["~standard"].validate(value);
  assert.ok(!(result instanceof Promise), "the schema gives a promise");
  return result.issues ? undefined : { settings: result.value };
}

function settingsOf(subject: RuleSubject): unknown {
  if (subject.settings !== undefined) return structuredClone(subject.settings);
  const checked = checkedValue(subject, subject.value);
  return (checked ?? assert.fail(`the schema refuses ${JSON.stringify(subject.value)}`)).settings;
}

/** The routes of one entry, as they get into the log. @throws NoRouterError */
function planned({ rule, folder }: RuleSubject, settings: unknown, notTo: readonly string[] = []): readonly PlannedRoute[] {
  return planRoutes([{ to: [], notTo, via: undefined, rule: rule.key, keys: { [rule.key]: settings } }], [rule], folder);
}

/** A value that cannot be changed, all the way down. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

/** The cases. */
export const ruleCases: readonly RuleCase[] = [
  {
    name: "it answers at once with destinations, in bounds, that are networks and globs of names",
    leftOut: needsValue,
    async run(subject) {
      const routes = planned(subject, settingsOf(subject));
      assert.ok(
        routes.some(({ route }) => route.to.length > 0),
        "its value is about nothing",
      );
    },
  },
  {
    name: "what it gives is only data: it stays the same as JSON",
    leftOut: needsValue,
    async run(subject) {
      const given = subject.rule.routes(settingsOf(subject), { folder: subject.folder });
      assert.ok(isDeepStrictEqual(JSON.parse(JSON.stringify(given)), given), "it gives more than JSON can hold");
    },
  },
  {
    name: "the same settings come to the same routes, and are not changed",
    leftOut: needsValue,
    async run(subject) {
      const settings = frozen(settingsOf(subject));
      assert.deepEqual(planned(subject, settings), planned(subject, settings));
    },
  },
  {
    name: "what the entry leaves out is left out of each route",
    leftOut: needsValue,
    async run(subject) {
      const left = "left-out.example";
      for (const { route } of planned(subject, settingsOf(subject), [left])) assert.ok(route.notTo.includes(left));
    },
  },
  {
    name: "what it watches, it watches until it is told to end",
    leftOut: ({ rule, ...subject }) => (rule.watch === undefined ? "it watches nothing" : needsValue({ rule, ...subject })),
    async run(subject) {
      const { rule, folder } = subject;
      const end: unknown = rule.watch?.(settingsOf(subject), { folder }, () => undefined);
      assert.ok(typeof end === "function", "watch gives no function that ends it");
      end();
    },
  },
  {
    name: "nonsense is refused by the schema, or comes to routes, or to an error with a sentence",
    async run(subject) {
      for (const value of NONSENSE) {
        const shown = JSON.stringify(value);
        try {
          const checked = checkedValue(subject, structuredClone(value));
          if (checked) planned(subject, checked.settings);
        } catch (thrown) {
          assert.ok(thrown instanceof NoRouterError, `for ${shown} the schema throws: ${messageOf(thrown)}`);
          assert.ok(!/is not a function|of undefined|of null/.test(thrown.message), `for ${shown} it fails: ${thrown.message}`);
        }
      }
    },
  },
];
