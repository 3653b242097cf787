// The block in any file: put in, brought up to date and taken out, and no other byte touched.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../tests/support/processor_time.ts";
import { withBlock } from "./block.ts";

const OWNER = "127.0.42.1";
const OTHER = "127.0.42.10";
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const text = (file: Uint8Array) => Buffer.from(file).toString("latin1");
const put = (file: string, lines: readonly string[], owner = OWNER) => text(withBlock(bytes(file), { name: owner }, lines));
const takeOut = (file: string, owner = OWNER) => text(withBlock(bytes(file), { name: owner }, undefined));

const BEGIN = `# BEGIN norouter ${OWNER}`;
const END = `# END norouter ${OWNER}`;

/** Any bytes, with line ends of both kinds and pieces of markers among them. */
const anyFile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.uint8Array({ maxLength: 20 }).map(text) },
      fc.constantFrom("\n", "\r\n", "\r", "\0", "\xef\xbb\xbf", "127.0.0.1 localhost\n", "::1 localhost\r\n"),
      fc.constantFrom("# BEGIN norouter", "# END norouter ", " (the line before had no end)\n"),
    ),
  )
  .map((parts) => parts.join(""));
/** The same, with whole and broken blocks, of this owner's and another's. */
const anyWornFile = fc
  .array(
    fc.oneof(
      anyFile,
      fc
        .tuple(
          fc.constantFrom("BEGIN", "END"),
          fc.constantFrom(OWNER, OTHER, `${OWNER} (the line before had no end)`),
          fc.constantFrom("\n", "\r\n", ""),
        )
        .map(([word, owner, eol]) => `# ${word} norouter ${owner}${eol}`),
      fc.constantFrom(put("", ["127.0.42.9 old"]), put("", ["127.0.42.9 old"], OTHER), put("x", ["127.0.42.9 old"])),
    ),
  )
  .map((parts) => parts.join(""));
const anyLines = fc.array(fc.constantFrom("127.0.42.1 local", "127.0.42.2 web web.example.com", "127.0.42.3 db"));
const isOurs = (line: string) => [BEGIN, `${BEGIN} (the line before had no end)`, END].includes(line.replace(/\r?\n?$/, ""));
const linesOf = (file: string) => file.match(/[^\n]*\n|[^\n]+$/g) ?? [];

test("taking out what was put in gives the file back byte for byte", () => {
  const check = fc.property(anyFile, anyLines, anyLines, (file, first, second) => {
    const with1 = put(file, first);
    assert.equal(takeOut(with1), file);
    assert.equal(takeOut(put(with1, second)), file);
    assert.equal(takeOut(file), file);
  });
  fc.assert(check, { numRuns: 500 });
});

test("putting in twice is putting in once, and what was there before makes no difference", () => {
  const check = fc.property(anyWornFile, anyLines, anyLines, (file, first, second) => {
    const once = put(file, second);
    assert.equal(put(once, second), once);
    assert.equal(put(put(file, first), second), once);
    assert.equal(takeOut(once), takeOut(file));
    assert.equal(linesOf(once).filter(isOurs).length, 2);
    assert.equal(linesOf(takeOut(file)).filter(isOurs).length, 0);
  });
  fc.assert(check, { numRuns: 500 });
});

test("only markers of its own and what stands within a whole pair of them are ever taken out", () => {
  const check = fc.property(anyWornFile, (file) => {
    // By hand: every pair without another marker in it, then lone markers.
    const kept: string[] = [];
    let open: number | undefined;
    for (const line of linesOf(file)) {
      const bare = line.replace(/\r?\n?$/, "");
      const begins = isOurs(line) && bare !== END;
      if (bare === END && open !== undefined) kept.length = open;
      if (/^# (BEGIN|END) norouter /.test(bare)) open = undefined;
      if (begins) open = kept.length;
      if (!isOurs(line)) kept.push(line);
    }
    const left = takeOut(file);
    const wanted = kept.join("");
    assert.ok(left === wanted || wanted.replace(/\r?\n$/, "") === left || wanted.replace(/\n$/, "") === left);
  });
  fc.assert(check, { numRuns: 1000 });
});

test("two owners side by side do not touch each other, in whatever order they go", () => {
  const check = fc.property(anyFile, anyLines, anyLines, fc.boolean(), (file, mine, theirs, mineFirst) => {
    const both = put(put(file, mine), theirs, OTHER);
    assert.ok(both.includes(put("", theirs, OTHER).split("\n")[0] ?? ""));
    const [first, second] = mineFirst ? [OWNER, OTHER] : [OTHER, OWNER];
    const left = takeOut(takeOut(both, first), second);
    // The first owner added the line end that was missing; gone before the second, it cannot take that along.
    assert.ok(left === file || (mineFirst && /^\r?\n$/.test(left.slice(file.length)) && left.startsWith(file)));
  });
  fc.assert(check, { numRuns: 300 });
});

test("what it looks like", () => {
  const block = `${BEGIN}\n127.0.42.1 local\n${END}\n`;
  assert.equal(put("127.0.0.1 localhost\n", ["127.0.42.1 local"]), `127.0.0.1 localhost\n${block}`);
  assert.equal(put("", ["127.0.42.1 local"]), block);
  assert.equal(put("a\r\n", ["x"]), `a\r\n${BEGIN}\r\nx\r\n${END}\r\n`);
  assert.equal(put("a", ["x"]), `a\n${BEGIN} (the line before had no end)\nx\n${END}\n`);
});

test("a block that a crash left is brought up to date where it stands", () => {
  const left = `first\n${BEGIN}\n127.0.42.7 old\n${END}\nlast\n`;
  assert.equal(put(left, ["127.0.42.8 new"]), `first\n${BEGIN}\n127.0.42.8 new\n${END}\nlast\n`);
});

test("damaged blocks lose their markers, and no line of anybody else", () => {
  const cases: readonly [string, string][] = [
    [`a\n${BEGIN}\nb\nc\n`, "a\nb\nc\n"],
    [`a\n${END}\nb\n`, "a\nb\n"],
    [`${BEGIN}\na\n${BEGIN}\nb\n${END}\nc\n${END}\nd\n`, "a\nc\nd\n"],
    [
      `${BEGIN}\n# BEGIN norouter ${OTHER}\nx\n# END norouter ${OTHER}\n${END}\n`,
      `# BEGIN norouter ${OTHER}\nx\n# END norouter ${OTHER}\n`,
    ],
    [`${BEGIN}\na\n${END}\nb\n${BEGIN}\nc\n${END}`, "b\n"],
    [`${BEGIN}0\nlonger owner\n${END}0\n`, `${BEGIN}0\nlonger owner\n${END}0\n`],
    [` ${BEGIN}\nindented\n ${END}\n`, ` ${BEGIN}\nindented\n ${END}\n`],
  ];
  for (const [file, wanted] of cases) assert.equal(takeOut(file), wanted);
});

test("a line that somebody put behind the block keeps its line apart", () => {
  assert.equal(takeOut(`${put("a", ["x"])}b`), "a\nb");
});

test("a file of many markers takes no more time than its length", () => {
  const many = `${BEGIN}\n${"x\n".repeat(10)}`.repeat(20_000);
  const took = processorMs(() => assert.equal(takeOut(many).length, 20 * 20_000));
  assert.ok(took < 20_000, "one whose time grows with the square takes minutes");
});

test("blocks that nobody has any more are replaced where the first of them stands, and no other is touched", () => {
  const inherits = (name: string) => name.startsWith("gone");
  const swap = (file: string, lines?: string[]) => text(withBlock(bytes(file), { name: OWNER, inherits }, lines));
  const file = `a\n${put("", ["x"], "gone 1")}b\n${put("", ["y"], OTHER)}c\n${put("", ["z"], "gone 2")}`;
  const wanted = `a\n${put("", ["now"])}b\n${put("", ["y"], OTHER)}c\n`;
  assert.equal(swap(file, ["now"]), wanted);
  assert.equal(swap(wanted, ["now"]), wanted);
  assert.equal(swap(put("no end", ["x"], "gone 1"), ["now"]), put("no end", ["now"]));
  assert.equal(swap(put("no end", ["x"], "gone 1")), "no end");
  const check = fc.property(anyWornFile, anyLines, (worn, lines) => {
    assert.equal(swap(worn, lines), put(worn, lines)); // none of these is gone
  });
  fc.assert(check, { numRuns: 200 });
});

test("a block that the Go program of the same name left behind is replaced, and no other line", () => {
  for (const eol of ["\n", "\r\n"]) {
    const left = ["# <Added-by-NoRouter>", "127.0.42.101 web", "# </Added-by-NoRouter>"].map((line) => line + eol).join("");
    const before = `127.0.0.1 localhost${eol}`;
    const after = `192.168.0.1 printer${eol}`;
    const ours = [BEGIN, "127.0.42.7 web", END].map((line) => line + eol).join("");
    assert.equal(put(before + left + after, ["127.0.42.7 web"]), before + ours + after);
    assert.equal(takeOut(before + left + after), before + after);
  }
  assert.equal(takeOut("# <Added-by-NoRouter>\n127.0.42.101 mine\n"), "127.0.42.101 mine\n");
});
