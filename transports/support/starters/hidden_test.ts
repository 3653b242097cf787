// What may be secret in a command line is found, and hidden wherever it appears.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secretsIn, without } from "./hidden.ts";

test("values of names and of options for passwords may be secret, other words are not", () => {
  const cases: readonly [words: readonly string[], hidden: readonly string[]][] = [
    [
      ["-e", "PASSWORD=hunter22"],
      ["hunter22", "PASSWORD=hunter22"],
    ],
    [["-ePASSWORD=hunter22"], ["hunter22", "-ePASSWORD=hunter22"]],
    [["--env=PASSWORD=hunter22"], ["hunter22", "PASSWORD=hunter22"]],
    [["--requirepass", "hunter22"], ["hunter22"]],
    [["--password=hunter22"], ["hunter22", "--password=hunter22"]],
    [
      ["-e", "A=b=cccc"],
      ["b=cccc", "A=b=cccc"],
    ],
    [["-e", "A=1"], []],
    [["--network=host", "--restart", "always", "-p", "80:80", "--env-file", "/etc/env"], []],
    [["sh", "-c", "echo"], []],
  ];
  for (const [words, hidden] of cases) assert.deepEqual(secretsIn(words), hidden, words.join(" "));
});

test("a text is shown without them, the longest first", () => {
  const hidden = secretsIn(["-e", "PASSWORD=hunter22", "-e", "PASSWORD_2=hunter2233", "-e", "X=$&$1"]);
  assert.equal(without("got hunter2233, PASSWORD=hunter22 and $&$1", hidden), "got ********, ******** and ********");
  assert.equal(without("nothing", []), "nothing");
});

test("a value of several lines, or in quotation marks, is not shown either", () => {
  const hidden = secretsIn(["-e", "KEY=first line\nsecond line", "-e", 'P=a"b\\c1']);
  assert.equal(without("bad: first line", hidden), "bad: ********");
  assert.equal(without("second line", hidden), "********");
  assert.equal(without('invalid "P=a\\"b\\\\c1"', hidden), 'invalid "********"');
});
