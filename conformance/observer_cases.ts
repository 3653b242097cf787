// What any observer has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import { createControl, type OwnControl } from "../core/control.ts";
import { parseManifest } from "../core/manifest/mod.ts";
import type { Control, Observation, Observer } from "../core/plugin/observer.ts";
import type { Case } from "./case.ts";
import { cleanly, type InProcess, type inProcess } from "./in_process.ts";
import { waitFor } from "./support/wait.ts";

/** What the cases run on. */
export interface ObserverSubject {
  /** A new observer. */
  make(): Observer;
}

/** One case. */
export type ObserverCase = Case<ObserverSubject>;

const FIRST = "hosts: { local: { vip: 127.0.42.100 }, web: { vip: 127.0.42.101, cmd: [web], ports: ['80:127.0.0.1:80'] } }";
const SECOND = "hosts: { local: { vip: 127.0.42.100 }, db: { vip: 127.0.42.102, cmd: [db] } }";

/** An observer whose hold on the network is counted, and what it was given and gave. */
interface Watched extends Observer {
  held: number;
  observation: Observation | undefined;
}

function watched(observer: Observer): Watched {
  const counting = (control: Control, detach: () => void): (() => void) => {
    made.held += 1;
    let isHeld = true;
    return () => {
      made.held -= isHeld ? 1 : 0;
      isHeld = false;
      detach.call(control);
    };
  };
  const made: Watched = {
    name: observer.name,
    held: 0,
    observation: undefined,
    observe(control) {
      const wrapped = Object.create(control, {
        subscribe: { value: (listen: Parameters<Control["subscribe"]>[0]) => counting(control, control.subscribe(listen)) },
        tap: { value: (look: Parameters<Control["tap"]>[0]) => counting(control, control.tap(look)) },
      }) as Control;
      made.observation = observer.observe(boundTo(wrapped, control));
      return made.observation;
    },
  };
  return made;
}

/** A control whose members, but for its own, are those of another. */
function boundTo(own: Control, control: Control): Control {
  return new Proxy(own, {
    get(target, name) {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name) as unknown;
      const value = Reflect.get(control, name, control) as unknown;
      return typeof value === "function" ? (value as (...given: unknown[]) => unknown).bind(control) : value;
    },
  });
}

function networkWith(make: typeof inProcess, observer: Observer): { readonly world: InProcess; readonly control: OwnControl } {
  const world = make({ hosts: [], observers: [observer] });
  const control = createControl({
    manager: world.manager,
    read: ({ text, file, added }) => parseManifest(text, file, {}, added),
    debug: (line) => void (world.debug as string[]).push(line),
  });
  return { world, control };
}

/** The cases, in the order in which an observer that is being written should pass them. */
export const observerCases: readonly ObserverCase[] = [
  {
    name: "it has a name, and gives an object with 'stop' at once, before there is a network",
    run: ({ make }) =>
      cleanly(async (makeNetwork) => {
        const observer = watched(make());
        assert.match(observer.name, /^[a-z][a-z0-9-]*$/);
        networkWith(makeNetwork, observer);
        assert.equal(typeof observer.observation?.stop, "function");
      })(),
  },
  {
    name: "it fails at nothing while hosts come, are used, change and go",
    run: ({ make }) =>
      cleanly(async (makeNetwork) => {
        const { world, control } = networkWith(makeNetwork, make());
        await control.apply(FIRST);
        await world.settled();
        const { context } = world.host("local");
        const stream = context.dial(world.state("web"), { kind: "published", port: 80 });
        let echoed = 0;
        stream.attach({
          data: (chunk) => {
            echoed += chunk.length;
            return true;
          },
          end: () => undefined,
          reset: () => undefined,
          drain: () => undefined,
        });
        stream.write(new Uint8Array(1000));
        stream.end();
        await waitFor(() => echoed === 1000, { what: "the echo", everyMs: 1 });
        await world.event("stream.closed");
        await control.apply(SECOND);
        await world.settled();
        await control.stop("over");
        assert.deepEqual(
          world.debug.filter((line) => /^(A listener|Observer .*) failed/.test(line)),
          [],
        );
      })(),
  },
  {
    name: "it stops in time, and holds nothing afterwards",
    run: ({ make }) =>
      cleanly(async (makeNetwork) => {
        const observer = watched(make());
        const { world, control } = networkWith(makeNetwork, observer);
        await control.apply(FIRST);
        await world.settled();
        await control.stop("over");
        assert.equal(observer.held, 0, "listeners and taps that were left");
        assert.deepEqual(
          world.debug.filter((line) => line.startsWith("Observer ")),
          [],
        );
      })(),
  },
  {
    name: "it stops when there was never a network",
    run: ({ make }) =>
      cleanly(async (makeNetwork) => {
        const observer = watched(make());
        const { world, control } = networkWith(makeNetwork, observer);
        await control.stop("at once");
        assert.equal(observer.held, 0);
        assert.deepEqual(
          world.debug.filter((line) => line.startsWith("Observer ")),
          [],
        );
      })(),
  },
];
