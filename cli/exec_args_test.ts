// The command line of `norouter exec`: its own options, and the program's words, which stand behind `--` and mean nothing here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NoRouterError } from "../core/errors.ts";
import { helpFor, parseInvocation } from "./args.ts";
import type { Invocation } from "./invocation.ts";

const wordsOf = (line: string) => line.split(" ").filter((word) => word !== "");
const EXEC = {
  ...({ command: "exec", program: ["curl"], name: undefined, manifest: undefined, host: undefined } as const),
  ...({ publish: "auto", outside: "direct", debug: false, check: false, json: false } as const),
};
const same = (...ports: number[]) => ports.map((port) => ({ listen: port, target: port }));

const CASES: readonly [string, Invocation][] = [
  ["exec -- curl", EXEC],
  ["exec -- curl -s http://web:8080", { ...EXEC, program: ["curl", "-s", "http://web:8080"] }],
  [
    "exec --host api --debug -- ls --debug --host=x --json -h",
    { ...EXEC, host: "api", debug: true, program: ["ls", "--debug", "--host=x", "--json", "-h"] },
  ],
  ["exec -- env -- --publish none", { ...EXEC, program: ["env", "--", "--publish", "none"] }],
  ["exec -- --help", { ...EXEC, program: ["--help"] }],
  ["exec -- --version --no-such-option", { ...EXEC, program: ["--version", "--no-such-option"] }],
  ["exec -- exec -- x", { ...EXEC, program: ["exec", "--", "x"] }],
  ["--debug exec -- curl -v", { ...EXEC, debug: true, program: ["curl", "-v"] }],
  ["exec --name lab -- curl", { ...EXEC, name: "lab" }],
  ["exec --manifest m.yaml -- curl", { ...EXEC, manifest: "m.yaml" }],
  ["exec --publish auto -- curl", EXEC],
  ["exec --publish none -- curl", { ...EXEC, publish: [] }],
  ["exec --publish 80 -- curl", { ...EXEC, publish: same(80) }],
  [
    "exec --publish=80,8080:3000,65535:1 -- curl",
    { ...EXEC, publish: [...same(80), { listen: 8080, target: 3000 }, { listen: 65_535, target: 1 }] },
  ],
  ["exec --outside routes -- curl", { ...EXEC, outside: "routes" }],
  ["exec --outside=none -- curl", { ...EXEC, outside: "none" }],
  ["exec --outside direct -- curl", EXEC],
  ["exec --check", { ...EXEC, check: true, program: [] }],
  ["exec --check --json", { ...EXEC, check: true, json: true, program: [] }],
  ["exec --help", { command: "help", topic: "exec" }],
  ["exec --help -- curl", { command: "help", topic: "exec" }],
  ["help exec", { command: "help", topic: "exec" }],
];

for (const [line, wanted] of CASES) {
  test(`"norouter ${line}"`, () => {
    assert.deepEqual(parseInvocation(wordsOf(line)), wanted);
  });
}

test("ports may stand apart, and the program's words are as they are", () => {
  assert.deepEqual(parseInvocation(["exec", "--publish", "80, 443 ,8080:3000", "--", "sh", "-c", "a  b", ""]), {
    ...EXEC,
    program: ["sh", "-c", "a  b", ""],
    publish: [...same(80, 443), { listen: 8080, target: 3000 }],
  });
});

const NO_PROGRAM = /^'norouter exec' wants a program behind '--', such as 'norouter exec -- curl http:\/\/web:8080'$/;
const NO_PORTS = (word: string) =>
  new RegExp(`^'--publish' wants 'auto', 'none' or ports such as '80,8080:3000', not "${word}"$`);

const WRONG: readonly [string, RegExp][] = [
  ["exec", NO_PROGRAM],
  ["exec --", NO_PROGRAM],
  ["exec --host api", NO_PROGRAM],
  ["exec curl http://web", /^Put '--' before the program: 'norouter exec -- curl http:\/\/web'$/],
  ["exec curl -- http://web", /^Put '--' before the program: 'norouter exec -- curl/],
  ["exec curl -s http://web", /^There is no option "-s"$/],
  ["exec --manifest m.yaml --name lab -- curl", /^'--manifest' and '--name' exclude each other$/],
  [
    "exec --outside rotues -- curl",
    /^'--outside' wants one of 'direct', 'routes', 'none', not "rotues"; did you mean "routes"\?$/,
  ],
  ["exec --outside refuse -- curl", /^'--outside' wants one of 'direct', 'routes', 'none', not "refuse"$/],
  ["exec --publish all -- curl", NO_PORTS("all")],
  ["exec --publish 80,x -- curl", NO_PORTS("x")],
  ["exec --publish 80, -- curl", NO_PORTS("")],
  ["exec --publish= -- curl", NO_PORTS("")],
  ["exec --publish 0 -- curl", NO_PORTS("0")],
  ["exec --publish 80:0 -- curl", NO_PORTS("80:0")],
  ["exec --publish 65536 -- curl", NO_PORTS("65536")],
  ["exec --publish 80:70000 -- curl", NO_PORTS("80:70000")],
  ["exec --publish 80:127.0.0.1:80 -- curl", NO_PORTS("80:127.0.0.1:80")],
  ["exec --publish 8e1 -- curl", NO_PORTS("8e1")],
  ["exec --publish none,80 -- curl", NO_PORTS("none")],
  ["exec --publish -- curl", /^'--publish' wants a value/],
  ["exec --outside -- curl", /^'--outside' wants a value/],
  ["exec --pubish none -- curl", /^There is no option "--pubish"; did you mean "--publish"\?$/],
  ["exec --watch -- curl", /^'norouter exec' has no option "--watch"$/],
  ["exec --spec x -- curl", /^'norouter exec' has no option "--spec"$/],
  ["run m.yaml --publish none", /^'norouter run' has no option "--publish"$/],
  ["status --outside none", /^'norouter status' has no option "--outside"$/],
];

for (const [line, message] of WRONG) {
  test(`"norouter ${line}" is refused`, () => {
    assert.throws(
      () => parseInvocation(wordsOf(line)),
      (thrown) => {
        assert.ok(thrown instanceof NoRouterError && thrown.code === "usage", String(thrown));
        assert.match(thrown.message, message);
        return true;
      },
    );
  });
}

test("other commands have their words behind '--' as before, and none of them is a program", () => {
  assert.equal((parseInvocation(["run", "--", "-odd.yaml"]) as { file: string }).file, "-odd.yaml");
  assert.throws(() => parseInvocation(["status", "--", "curl"]), { message: /does not expect "curl"/ });
});

test("the help for a wrong command line is that of 'exec', whatever its program is", () => {
  for (const line of ["exec --frob -- retry web", "exec -- status", "exec curl"])
    assert.equal(helpFor(line.split(" ")), "norouter exec --help", line);
});
