// The cases find what they are for: implementations that break the contract fail, each in the case that is about it.

import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, test } from "node:test";
import { type Egress, type FrontEnd, type HostContext, type HostPart, PLUGIN_API, type Rule, type Stream } from "../core/mod.ts";
import { freePort } from "../tests/support/free_port.ts";
import { type Case, runCases } from "./case.ts";
import { type EgressSubject, egressCases } from "./egress_cases.ts";
import { type FrontEndSubject, frontEndCases } from "./front_end_cases.ts";
import { echo } from "./in_process.ts";
import { namesKey, namesRule } from "./names_rule.ts";
import { type RuleSubject, ruleCases } from "./rule_cases.ts";

/** Names of the cases that fail. */
async function failing<Subject>(cases: readonly Case<Subject>[], subject: () => Subject | Promise<Subject>): Promise<string[]> {
  const failed: string[] = [];
  for await (const { name, result } of runCases(cases, subject)) if (result === "failed") failed.push(name);
  return failed;
}

const part = (setup: HostPart["setup"]): HostPart => ({ name: "p", api: PLUGIN_API, setup });

/** Less than the cases have by default, since what is waited for here never comes. */
const patienceMs = 500;
/** What a fault leaves open. */
const left: Server[] = [];
after(() => left.forEach((server) => void server.close()));

/** A front-end that listens where its settings say, and has a fault. */
function frontEnd(fault: "none" | "never closes" | "tells twice" | "never tries again"): HostPart {
  const make = (context: HostContext): FrontEnd => {
    let held: { readonly server: Server; readonly address: string } | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const tell = (type: "listening" | "closed", address: string) =>
      type === "closed"
        ? context.report({ type: "frontend.closed", frontend: "p", address })
        : context.report({ type: "frontend.listening", frontend: "p", address, serves: "p" });
    const close = () => {
      if (held && fault !== "never closes") held.server.close();
      else if (held) left.push(held.server);
      held = undefined;
    };
    const reconcile = async (): Promise<void> => {
      const { port } = context.settings<{ port: number }>("p") ?? {};
      const wanted = `127.0.0.1:${port}`;
      clearTimeout(again);
      if (held?.address === wanted) return fault === "tells twice" ? tell("listening", wanted) : undefined;
      const before = held?.address;
      close();
      if (before !== undefined) tell("closed", before);
      if (port === undefined || stopped) return;
      const server = createServer((socket) => void socket.destroy());
      await new Promise<void>((resolve) => {
        server.once("error", () => {
          const message = "It is taken";
          context.report({ type: "frontend.failed", frontend: "p", address: wanted, code: "address-in-use", message });
          if (fault !== "never tries again") again = setTimeout(() => void reconcile(), 2);
          resolve();
        });
        server.listen(port, "127.0.0.1", () => {
          if (stopped) return void server.close(() => resolve());
          held = { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
          tell("listening", wanted);
          resolve();
        });
      });
    };
    const stop = async () => {
      stopped = true;
      clearTimeout(again);
      close();
    };
    return { name: "p", reconcile, stop };
  };
  return part((context) => context.frontEnd(make));
}

test("front-ends that leave an address, tell it twice or give up are found", async () => {
  const on = async () => [{ own: { p: { port: await freePort("127.0.0.1") } } }];
  const failed = (fault: Parameters<typeof frontEnd>[0]) =>
    failing(frontEndCases, async (): Promise<FrontEndSubject> => {
      return { part: frontEnd(fault), wanted: await on(), moved: await on(), idle: [{ own: {} }], patienceMs };
    });
  assert.deepEqual(await failed("none"), []);
  assert.match((await failed("never closes")).join("\n"), /gives back what is not wanted.*nothing is left/s);
  assert.match((await failed("tells twice")).join("\n"), /says so once/);
  assert.match((await failed("never tries again")).join("\n"), /tried again/);
});

const egress = (open: (stream: Stream) => void, change: Partial<Egress> = {}): HostPart =>
  part((context) =>
    context.egress(() => ({
      name: "p",
      claims: ({ kind, port, protocol }) => kind === "published" && port === 7 && protocol === undefined,
      open,
      stop: async () => undefined,
      ...change,
    })),
  );

test("egresses that claim too much, throw, lose bytes or take them without end are found", async () => {
  const failed = (part: HostPart) =>
    failing(egressCases, (): EgressSubject => ({ part, echo: { kind: "published", port: 7 }, patienceMs }));
  assert.deepEqual(await failed(egress(echo)), []);
  assert.match((await failed(egress(echo, { claims: () => true }))).join("\n"), /whether it is its own/);
  assert.match(
    (
      await failed(
        egress(() => {
          throw new Error("boom");
        }),
      )
    ).join("\n"),
    /every byte and the end/,
  );
  const greedy = (stream: Stream) => {
    stream.accept();
    const data = (chunk: Uint8Array) => stream.write(chunk) || true;
    stream.attach({ data, end: () => stream.end(), reset: () => undefined, drain: () => undefined });
  };
  assert.deepEqual(await failed(egress(greedy)), [egressCases[4]?.name]);
});

test("rules that answer later, give more than data, change their settings or break on nonsense are found", async () => {
  const failed = (change: Partial<Rule>, value: unknown = "org") =>
    failing(ruleCases, (): RuleSubject => ({ rule: { ...namesRule, ...change }, key: namesKey, value }));
  assert.deepEqual(await failed({}), []);
  const [late] = await failed({ routes: (async () => []) as unknown as Rule["routes"] });
  assert.match(late ?? "", /answers at once/);
  const to = ["*.org"];
  assert.match((await failed({ routes: () => [{ to, when: new Date() }] as never })).join("\n"), /only data/);
  let turn = 0;
  assert.match((await failed({ routes: () => [{ to: [`*.${turn++}`] }] })).join("\n"), /the same settings/);
  assert.match((await failed({ routes: (names) => (names as string[]).map((name) => ({ to: [name] })) })).join("\n"), /nonsense/);
});
