// What the pages show is what happens: manifests are valid, findings are those of 'check', the example of a rule works.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { PROJECT } from "../tests/support/cli.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { writtenIo } from "../tests/support/written_io.ts";
import { check } from "./check.ts";
import { explain } from "./explain.ts";
import { verify } from "./verify.ts";

const base = tempDir("pages");
after(() => base.remove());

/** The blocks of a page in a language, "" for none; a shell's prompt and what follows are one block of `sh`. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(PROJECT, "docs", page), "utf8");
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, block = ""]) => (kind === language ? [block] : []));
}

/** A command's output on a text in the role of `net.yaml`. */
async function shown(text: string, run: (io: Parameters<typeof check>[1]) => Promise<number>) {
  const { io, out, err } = writtenIo(text);
  const code = await run(io);
  return { code, out: out(), err: err() };
}

const RULE = blocks("routes.md", "ts")[0] ?? "";
writeFileSync(join(base.path, "blocklist.ts"), RULE);
writeFileSync(join(base.path, "blocked.txt"), "evil.org\nbad.example # a note\n\n");
const FILE = join(base.path, "net.yaml");

test("every manifest of the page on routes is valid, without a warning", async () => {
  const manifests = blocks("routes.md", "yaml");
  assert.ok(manifests.length >= 2);
  for (const text of manifests) {
    const { code, err } = await shown(text, (io) => check({ file: FILE, json: false }, io));
    assert.deepEqual([code, err], [0, ""], text);
  }
});

test("the page's rule is short, and refuses what its list says", async () => {
  assert.ok(RULE.trimEnd().split("\n").length <= 15);
  const [text = ""] = blocks("routes.md", "yaml").filter((one) => one.includes("blocklist"));
  const code = async (destination: string) =>
    (await shown(text, (io) => explain({ destination, file: FILE, from: undefined, json: false }, io))).code;
  assert.deepEqual(
    await Promise.all(["evil.org", "a.bad.example:443", "good.org", "evil.org.example"].map(code)),
    [77, 77, 0, 0],
  );
});

test("the page's rule keeps the contract", async () => {
  const specifier = pathToFileURL(join(base.path, "blocklist.ts")).href;
  const { code, out } = await shown("", (io) => verify({ specifier, settings: "blocklist: ./blocked.txt", json: false }, io));
  assert.deepEqual([code, out.split("\n").filter((line) => line !== "" && !line.startsWith("ok "))], [0, []]);
});

test("what the page shows of 'explain' is what it says", async () => {
  const [text = ""] = blocks("routes.md", "yaml");
  const session = blocks("routes.md", "sh").find((one) => one.startsWith("$ norouter explain")) ?? "";
  const [command = "", ...lines] = session.split("\n");
  const [, destination = ""] = /^\$ norouter explain (\S+) --manifest net.yaml$/.exec(command) ?? [];
  const { out } = await shown(text, (io) => explain({ destination, file: "net.yaml", from: undefined, json: false }, io));
  assert.equal(out, lines.join("\n"));
});

test("what the page on manifests shows of 'check' is what it says", async () => {
  const page = readFileSync(join(PROJECT, "docs/manifest.md"), "utf8");
  const [, text = "", wanted = ""] =
    /This manifest\n\n```yaml\n([\s\S]*?)```\n\ngives[^\n]*\n\n```\n([\s\S]*?)```/.exec(page) ?? [];
  const { code, err } = await shown(text, (io) => check({ file: "net.yaml", json: false }, io));
  assert.equal(code, 65);
  assert.equal(err, wanted);
});

test("the manifests of that page that are whole are valid", async () => {
  const whole = blocks("manifest.md", "yaml").filter(
    (text) => /^hosts:/m.test(text) && !/^(plugins|hostTemplate):\n {2}(-|vip)/m.test(text),
  );
  assert.ok(whole.length >= 4);
  for (const text of whole) {
    const { code, err } = await shown(text, (io) => check({ file: "net.yaml", json: false }, io));
    assert.equal(code, 0, `${text}${err}`);
  }
});
