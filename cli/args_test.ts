// The command line: every form, and what is said of the wrong ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NoRouterError } from "../core/errors.ts";
import { helpFor, parseInvocation } from "./args.ts";
import type { Invocation } from "./invocation.ts";

const RUN = {
  ...({ command: "run", file: "m.yaml", json: false, debug: false } as const),
  ...{ name: undefined, watch: false, api: true, journal: undefined, agent: undefined },
};
const ASKING = { name: undefined, json: false };

const EXPLAIN = {
  ...({ command: "explain", destination: "web:80", file: "m.yaml", from: undefined, name: undefined } as const),
  json: false,
};
const ENV = { command: "env", file: "m.yaml", host: undefined, shell: undefined, withPassword: false } as const;

const CASES: readonly [string, Invocation][] = [
  ["run m.yaml", RUN],
  ["manager m.yaml", RUN],
  ["m m.yaml", RUN],
  ["h check", { command: "help", topic: "check" }],
  ["-e", { command: "open-editor", debug: false }],
  ["manager --open-editor --debug", { command: "open-editor", debug: true }],
  ["show-ex", { command: "show-example" }],
  ["m.yaml", RUN],
  ["--json m.yaml --debug", { ...RUN, json: true, debug: true }],
  ["-", { ...RUN, file: "-" }],
  ["run -", { ...RUN, file: "-" }],
  ["run -- -odd.yaml", { ...RUN, file: "-odd.yaml" }],
  ["dir/manifest", { ...RUN, file: "dir/manifest" }],
  ["check m.yaml --json", { command: "check", file: "m.yaml", json: true, agent: undefined }],
  ["check m.yaml --agent runtime", { command: "check", file: "m.yaml", json: false, agent: "runtime" }],
  ["m.yaml --agent=engine", { ...RUN, agent: "engine" }],
  ["explain web:80 --manifest m.yaml", EXPLAIN],
  ["explain web:80 --manifest=- --from db --json", { ...EXPLAIN, file: "-", from: "db", json: true }],
  ["explain web:80", { ...EXPLAIN, file: undefined }],
  ["explain web:80 --name lab --from db", { ...EXPLAIN, file: undefined, name: "lab", from: "db" }],
  ["replay demo", { command: "replay", journal: "demo", at: undefined, json: false }],
  ["replay ./a.jsonl --at 14:03 --json", { command: "replay", journal: "./a.jsonl", at: "14:03", json: true }],
  ["why web:80", { command: "why", asked: "web:80", journal: undefined, json: false }],
  ["why web --journal demo --json", { command: "why", asked: "web", journal: "demo", json: true }],
  ["run m.yaml --name lab --watch --no-api", { ...RUN, name: "lab", watch: true, api: false }],
  ["run m.yaml --journal ./a.jsonl", { ...RUN, journal: "./a.jsonl" }],
  ["m.yaml --no-journal", { ...RUN, journal: false }],
  ["status", { command: "status", ...ASKING }],
  ["streams --name lab --json", { command: "streams", name: "lab", json: true }],
  ["reload --name lab", { command: "reload", ...ASKING, name: "lab" }],
  ["stop", { command: "stop", ...ASKING, host: undefined }],
  ["stop web", { command: "stop", ...ASKING, host: "web" }],
  ["start web", { command: "start", ...ASKING, host: "web" }],
  ["logs", { command: "logs", ...ASKING, follow: false, since: undefined }],
  ["logs -f --since 14:03", { command: "logs", ...ASKING, follow: true, since: "14:03" }],
  ["retry web", { command: "retry", host: "web", ...ASKING }],
  ["remove web --json", { command: "remove", host: "web", name: undefined, json: true }],
  ["add web --spec - --name lab", { command: "add", host: "web", spec: "-", ...ASKING, name: "lab" }],
  ["explain --manifest - web", { ...EXPLAIN, destination: "web", file: "-" }],
  ["env m.yaml", ENV],
  ["env - --host db --shell fish --with-password", { ...ENV, file: "-", host: "db", shell: "fish", withPassword: true }],
  ["agent", { command: "agent", debug: false }],
  ["agent --debug", { command: "agent", debug: true }],
  ["schema", { command: "schema" }],
  ["--version", { command: "version" }],
  ["-V", { command: "version" }],
  ["-v", { command: "version" }],
  ["", { command: "help", topic: "" }],
  ["help", { command: "help", topic: "" }],
  ["help run", { command: "help", topic: "run" }],
  ["check --help", { command: "help", topic: "check" }],
  ["-h", { command: "help", topic: "" }],
  ["toString --help", { command: "help", topic: "" }],
  ["help agent bundle", { command: "help", topic: "agent bundle" }],
  ["agent bundle --help", { command: "help", topic: "agent bundle" }],
  ["agent bundle", { command: "agent bundle", platforms: [], json: false, agent: undefined }],
  [
    "agent bundle --platform linux-x64 --json --platform=linux-arm64 --agent bun",
    { command: "agent bundle", platforms: ["linux-x64", "linux-arm64"], json: true, agent: "bun" },
  ],
  ["show-example", { command: "show-example" }],
  ["show-installer", { command: "show-installer", embed: false, platforms: [], agent: undefined }],
  [
    "show-installer --embed --platform linux-x64 --agent bun",
    { command: "show-installer", embed: true, platforms: ["linux-x64"], agent: "bun" },
  ],
  ["verify ./x.ts", { command: "verify", specifier: "./x.ts", settings: undefined, target: undefined, json: false }],
  ["verify x --settings {a:1} --json", { command: "verify", specifier: "x", settings: "{a:1}", target: undefined, json: true }],
  ["verify x --target 7007", { command: "verify", specifier: "x", settings: undefined, target: "7007", json: false }],
  ["plugin new my-rule --kind rule", { command: "plugin new", name: "my-rule", kind: "rule", dir: undefined }],
  ["plugin new a --kind egress --dir x", { command: "plugin new", name: "a", kind: "egress", dir: "x" }],
  ["version", { command: "version" }],
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
  ["run m.yaml --journal x --no-journal", /'--journal' and '--no-journal' exclude each other/],
  ["run - --watch", /'--watch' wants a file/],
  ["check m.yaml --watch", /'norouter check' has no option "--watch"/],
  ["status web", /'norouter status' does not expect "web"/],
  ["retry", /'norouter retry' wants the name of a host/],
  ["add web", /'norouter add' wants --spec/],
  ["logs --spec x", /'norouter logs' has no option "--spec"/],
  ["run a.yaml b.yaml", /'norouter run a.yaml' does not expect "b.yaml"/],
  ["agent now", /'norouter agent' does not expect "now"/],
  ["toString", /There is no command "toString"$/],
  ["agent bundle now", /'norouter agent bundle' does not expect "now"/],
  ["replay", /'norouter replay' wants the path of a journal, or the name of a network/],
  ["why", /'norouter why' wants the name of a host/],
  ["why web --at 7", /'norouter why' has no option "--at"/],
  ["replay demo --journal x", /'norouter replay' has no option "--journal"/],
  ["explain", /'norouter explain' wants a name, maybe with a port/],
  ["explain web --manifest m.yaml --name lab", /'--manifest' and '--name' exclude each other/],
  ["explain web db --manifest m.yaml", /'norouter explain web' does not expect "db"/],
  ["explain web --manifest m.yaml --shell sh", /'norouter explain' has no option "--shell"/],
  ["env", /'norouter env' wants the path of a manifest/],
  ["env m.yaml --from a", /'norouter env' has no option "--from"/],
  ["run m.yaml --with-password", /'norouter run' has no option "--with-password"/],
  ["verify", /'norouter verify' wants the name of a plugin/],
  ["show-installer --version 1.2.3", /does not expect "1.2.3"; an installer installs the version that printed it/],
  ["run a.yaml --version", /'--version' prints the version that runs and does not expect "a.yaml"/],
  ["run a.yaml --embed", /'norouter run' has no option "--embed"/],
  ["a.yaml --platform linux-x64", /'norouter run' has no option "--platform"/],
  ["a.yaml --agent bub", /^'--agent' wants one of 'auto', 'runtime', 'engine', 'bun', not "bub"; did you mean "bun"\?$/],
  ["verify x --agent bun", /'norouter verify' has no option "--agent"/],
  ["show-installer --settings x", /'norouter show-installer' has no option "--settings"/],
  ["-e a.yaml", /'--open-editor' begins a manifest of its own/],
  ["m -e a.yaml", /'--open-editor' begins a manifest of its own/],
  ["check -e", /'norouter check' has no option "--open-editor"/],
  ["-e --json", /has no '--json'/],
  ["run a.yaml --jason", /^There is no option "--jason"; did you mean "--json"\?$/],
  ["run a.yaml --quick", /^There is no option "--quick"$/],
  ["check -x", /^There is no option "-x"$/],
  ["run a.yaml --json=yes", /^'--json' takes no value$/],
  ["logs --since", /^'--since' wants a value$/],
  ["logs --since -5", /^'--since' wants a value, and "-5" looks like an option; write '--since=-5' if it is none$/],
  ["add web --spec --json", /^'--spec' wants a value, and "--json" looks like an option/],
];

for (const [line, message] of WRONG) {
  test(`"norouter ${line}" is refused`, () => {
    assert.throws(
      () => parseInvocation(line.split(" ")),
      (thrown) => thrown instanceof NoRouterError && thrown.code === "usage" && message.test(thrown.message),
    );
  });
}

test("the help for a wrong command line is that of its command, where it names one", () => {
  for (const [line, wanted] of [
    ["retry", "norouter retry --help"],
    ["--json plugin new", "norouter plugin new --help"],
    ["run a.yaml b.yaml", "norouter run --help"],
    ["rum a.yaml", "norouter --help"],
    ["a.yaml --frob", "norouter --help"],
    ["", "norouter --help"],
  ] as const)
    assert.equal(helpFor(line.split(" ")), wanted, line);
});
