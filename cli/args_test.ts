// The command line: every form, and what is said of the wrong ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NoRouterError } from "../core/errors.ts";
import { type Invocation, parseInvocation } from "./args.ts";

const RUN = { command: "run", file: "m.yaml", json: false, debug: false } as const;

const CASES: readonly [string, Invocation][] = [
  ["run m.yaml", RUN],
  ["manager m.yaml", RUN],
  ["m.yaml", RUN],
  ["--json m.yaml --debug", { ...RUN, json: true, debug: true }],
  ["-", { ...RUN, file: "-" }],
  ["run -", { ...RUN, file: "-" }],
  ["run -- -odd.yaml", { ...RUN, file: "-odd.yaml" }],
  ["dir/manifest", { ...RUN, file: "dir/manifest" }],
  ["check m.yaml --json", { command: "check", file: "m.yaml", json: true }],
  ["agent", { command: "agent", debug: false }],
  ["agent --debug", { command: "agent", debug: true }],
  ["schema", { command: "schema" }],
  ["--version", { command: "version" }],
  ["-V", { command: "version" }],
  ["", { command: "help", topic: "" }],
  ["help", { command: "help", topic: "" }],
  ["help run", { command: "help", topic: "run" }],
  ["check --help", { command: "help", topic: "check" }],
  ["-h", { command: "help", topic: "help" }],
];

for (const [line, wanted] of CASES) {
  test(`"norouter ${line}"`, () => {
    assert.deepEqual(parseInvocation(line.split(" ").filter((word) => word !== "")), wanted);
  });
}

const WRONG: readonly [string, RegExp][] = [
  ["rum", /There is no command "rum"; did you mean "run"\?/],
  ["chekc", /did you mean "check"/],
  ["wibble", /There is no command "wibble"$/],
  ["run", /'norouter run' wants the path of a manifest/],
  ["run a.yaml b.yaml", /'norouter run a.yaml' does not expect "b.yaml"/],
  ["agent now", /'norouter agent' does not expect "now"/],
  ["run a.yaml --jason", /--jason/],
  ["run a.yaml --json=yes", /--json/],
];

for (const [line, message] of WRONG) {
  test(`"norouter ${line}" is refused`, () => {
    assert.throws(
      () => parseInvocation(line.split(" ")),
      (thrown) => thrown instanceof NoRouterError && thrown.code === "usage" && message.test(thrown.message),
    );
  });
}
