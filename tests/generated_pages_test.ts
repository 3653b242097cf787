// The parts of pages that only repeat the code are what `npm run docs` writes, and no such part is missing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { writtenPages } from "../scripts/docs.ts";
import { membersOf, membersOfType } from "../scripts/pages/comments.ts";
import { item, LINE, sentence } from "../scripts/pages/lines.ts";
import { KEYS } from "./support/builtin_keys.ts";
import { allPages, pageText } from "./support/pages.ts";

const pages = await writtenPages();
const partsOf = (path: string) => pages.find((page) => page.path === path)?.parts ?? [];

for (const { path, present, wanted } of pages) {
  test(`${path} has what the code says; 'npm run docs' writes it`, () => assert.equal(present, wanted));
}

test("limits, bounds, errors, events and keys are on their pages", () => {
  assert.deepEqual(partsOf("docs/limits.md"), ["limits", "bounds"]);
  assert.deepEqual(partsOf("docs/errors.md"), ["errors"]);
  const events = partsOf("docs/events.md").filter((part) => part.startsWith("events "));
  assert.deepEqual(events, ["events NetworkFacts", "events ManagerFacts", "events HostFacts"]);
  const places = partsOf("docs/manifest.md").filter((part) => /^ways|^keys (top|host|route)$/.test(part));
  assert.deepEqual(places, ["keys top", "keys host", "ways", "keys route"]);
});

test("each key of a host that has fields is on the page of its plugin, but for one that has those of another", () => {
  const shown = pages.flatMap(({ path, parts }) => (/^(plugins|transports)\//.test(path) ? parts : []));
  const plain = ["writeEtcHosts", "incus", "exec", "agentSocket"];
  for (const { name } of KEYS.host) assert.ok(plain.includes(name) || shown.includes(`keys ${name}`), name);
});

test("a mark is closed, and nothing stands between two marks that no script writes", () => {
  for (const path of allPages()) {
    const marks = [...pageText(path).matchAll(/^<!-- (generated: .*|end of generated) -->$/gm)].map(([, mark = ""]) => mark);
    const begun = marks.filter((_, at) => at % 2 === 0);
    assert.deepEqual(
      marks,
      begun.flatMap((mark) => [mark, "end of generated"]),
      path,
    );
    assert.deepEqual(
      begun.map((mark) => mark.replace("generated: ", "")),
      partsOf(path),
    );
  }
});

const SOURCE = `
/** What all have. */
export interface Base {
  /** One. */
  readonly one: string;
}

export interface Whole extends Base {
  /**
   * Two
   * lines, and {@link Base}.
   */
  "a.b": Base & {
    /** Three. */
    readonly three?: { readonly x: number };
  };
  readonly bare: readonly string[];
}
`;

test("comments are read with their members, those of bases first", () => {
  const [one, two, bare] = membersOf(SOURCE, "export interface Whole");
  assert.deepEqual(one, { name: "one", optional: false, text: "One.", rest: "string" });
  assert.deepEqual([two?.name, two?.text], ["a.b", "Two lines, and `Base`."]);
  assert.deepEqual([bare?.name, bare?.text], ["bare", ""]);
  assert.deepEqual(
    membersOfType(SOURCE, two?.rest ?? "").map(({ name, optional }) => [name, optional]),
    [
      ["one", false],
      ["three", true],
    ],
  );
  assert.throws(() => membersOf(SOURCE, "export interface Wh"), /There is no/);
});

test("an item is cut between words, and no line of it begins another", () => {
  const text = item(`${"word ".repeat(22)}end - more 1. and # more ${"x".repeat(130)}`, 1);
  const lines = text.split("\n");
  assert.ok(lines.length > 2);
  assert.deepEqual(
    lines.filter((line) => /^ {4}([-#]|\d+\.)/.test(line)),
    [],
  );
  assert.ok(lines.slice(0, -1).every((line) => line.length <= LINE + 8));
});

test("what stands in quotes is code; the quotes of a genitive stay", () => {
  assert.equal(
    sentence("Add 'a b' to the host's 'ports', or the hosts' list"),
    "Add `a b` to the host's `ports`, or the hosts' list.",
  );
});
