// What any starter has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import { NoRouterError } from "../core/errors.ts";
import { withLimits } from "../core/limits.ts";
import type { HostSettings } from "../core/manifest/types.ts";
import type { Starter, StarterRequest } from "../core/plugin/starter.ts";
import type { StartProgress } from "../core/plugin/transport.ts";
import { settlesWithin } from "../core/settle.ts";
import type { Case } from "./case.ts";

/** What the cases run on: a host that does not run. */
export interface StarterSubject {
  readonly starter: Starter;
  /** Keys of a host that it can start. */
  readonly settings: HostSettings;
  /** What stands at the key that says when the host runs. */
  readonly demand?: unknown;
  /** Keys of a host that it can claim and not start, such as one of an image that is not there; absent: nobody knows any. */
  readonly broken?: { readonly settings: HostSettings; readonly demand?: unknown };
  /** Whether the host runs, by another way than the starter's; absent: nobody can tell. */
  readonly runs?: () => boolean | Promise<boolean>;
}

/** One case. */
export type StarterCase = Case<StarterSubject>;

/** In what time a start or a stop that is given up has to settle, in milliseconds. */
const GIVEN_UP_MS = 10_000;

function request(
  { settings, demand }: Pick<StarterSubject, "settings" | "demand">,
  signal: AbortSignal = new AbortController().signal,
  steps: StartProgress[] = [],
): StarterRequest {
  const limits = withLimits();
  const progress = (step: StartProgress) => void steps.push(step);
  return { name: "conformance", settings, demand, limits, signal, progress, debug: () => undefined };
}

async function runs({ runs: asked }: StarterSubject, wanted: boolean, when: string): Promise<void> {
  if (asked) assert.equal(await asked(), wanted, `${when}, the host ${wanted ? "does not run" : "runs"}`);
}

/** The cases. */
export const starterCases: readonly StarterCase[] = [
  {
    name: "it has a name, claims what it can start, and answers that at once, every time alike",
    async run({ starter, settings, demand }) {
      assert.ok(starter.name !== "");
      for (let time = 0; time < 2; time += 1) assert.equal(starter.claims(settings, demand), true);
      assert.equal(typeof starter.claims({}, undefined), "boolean");
    },
  },
  {
    name: "a host that does not run is started, and stopped again",
    async run(subject) {
      const { starter } = subject;
      const steps: StartProgress[] = [];
      try {
        assert.equal(await starter.start(request(subject, undefined, steps)), "started");
        await runs(subject, true, "Once it is started");
      } finally {
        await starter.stop(request(subject));
      }
      await runs(subject, false, "Once it is stopped");
      for (const { what, done, total } of steps) assert.ok(what !== "" && done >= 0 && total >= 0, "a step that says nothing");
    },
  },
  {
    name: "a host can be started anew after each stop, and a stop of what does not run is no error",
    async run(subject) {
      const { starter } = subject;
      await starter.stop(request(subject));
      for (let time = 0; time < 2; time += 1) {
        assert.equal(await starter.start(request(subject)), "started");
        await starter.stop(request(subject));
      }
      await starter.stop(request(subject));
      await runs(subject, false, "In the end");
    },
  },
  {
    name: "a start that nobody wants any more settles soon, and a stop after it leaves nothing that runs",
    async run(subject) {
      const { starter } = subject;
      const given = new AbortController();
      const starting = starter.start(request(subject, given.signal));
      given.abort("nobody wants it");
      const isInTime = await settlesWithin(starting, GIVEN_UP_MS);
      await starter.stop(request(subject));
      assert.ok(isInTime, `the start has not settled within ${GIVEN_UP_MS / 1000} s`);
      await runs(subject, false, "After a start that was given up");
    },
  },
  {
    name: "a host that cannot be started is an error with a code and a sentence",
    leftOut: ({ broken }) => (broken ? undefined : "no host is known that cannot be started"),
    async run({ starter, broken = { settings: {} } }) {
      const error = await starter.start(request(broken)).then(
        () => assert.fail("it is started"),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof NoRouterError, `it throws ${String(error)}`);
      assert.ok(error.message.length > 0 && !/\n\s+at /.test(error.message), `its sentence is ${JSON.stringify(error.message)}`);
    },
  },
];
