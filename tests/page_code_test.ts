// The TypeScript that pages show: all of it fits the types of the sources, and the program of the page on embedding runs.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { waitFor } from "../conformance/support/wait.ts";
import { readOutput, runToEnd, startChild } from "./support/child.ts";
import { IS_NODE24, PROJECT, runtimeArgv } from "./support/cli.ts";
import { exchange } from "./support/clients.ts";
import { tempDir } from "./support/lifetime.ts";
import { allPages, codeBlocks, pageText } from "./support/pages.ts";

/** Imports as they are where the code stands: beside a clone, in the folder of the page, or in a new one of its room. */
function withPlaces(code: string, page: string): string {
  const folder = join(PROJECT, dirname(page));
  return code.replace(/ from "(\.[^"]+)"/g, (_, path: string) => {
    const places = [path.replace(/^\.\/norouter/, PROJECT), join(folder, path), join(folder, "new", path)];
    const found = places.find((place) => place.startsWith("/") && existsSync(place));
    assert.ok(found, `${page} imports ${path}`);
    return ` from "${found}"`;
  });
}

/** Says for each type of event that its fields are those of the page. */
function eventTypes(): string {
  const page = pageText("docs/events.md");
  const partOf = (mark: string) => page.split(`<!-- generated: ${mark} -->`)[1]?.split("<!-- end of generated -->")[0] ?? "";
  const names = (text: string) => [...text.matchAll(/^ *- `(\w+)`/gm)].map(([, name]) => `"${name}"`);
  const rows = ["NetworkFacts", "ManagerFacts", "HostFacts"].flatMap((table) =>
    partOf(`events ${table}`)
      .split(/^(?=- )/m)
      .slice(1)
      .map((text) => {
        const [, type] = /^- \*\*`([\w.]+)`/.exec(text) ?? [];
        const of = text.includes("(#admission)") ? partOf("fields Admission") : text;
        return `  "${type}": ${[...names(of), table === "NetworkFacts" ? "never" : '"host"'].join(" | ")};`;
      }),
  );
  assert.ok(rows.length > 20);
  return `import type { Fact } from "norouter";
interface Page {
${rows.join("\n")}
}
type Fields<T> = T extends unknown ? Exclude<keyof T, "type"> : never;
type Sources = { [T in Fact["type"]]: Fields<Extract<Fact, { type: T }>> };
export const there = (fields: Page): Sources => fields;
export const back = (fields: Sources): Page => fields;
`;
}

describe("code of pages", { skip: IS_NODE24 ? false : "the same on every runtime" }, () => {
  const dir = tempDir("page-code");
  after(() => dir.remove());

  test("fits the types of the sources", { timeout: 120_000 }, async () => {
    const exported = JSON.parse(readFileSync(join(PROJECT, "deno.json"), "utf8")) as { exports: Record<string, string> };
    const paths = Object.entries(exported.exports).map(([name, path]) => [join("norouter", name), [join(PROJECT, path)]]);
    writeFileSync(join(dir.path, "events.ts"), eventTypes());
    let files = 0;
    for (const page of allPages()) {
      for (const [at, code] of codeBlocks(page, "ts").entries()) {
        writeFileSync(join(dir.path, `${page.replaceAll("/", "_")}-${at}.ts`), withPlaces(code, page));
        files += 1;
      }
    }
    assert.ok(files >= 7);
    const typeRoots = [join(PROJECT, "node_modules/@types")];
    const compilerOptions = { paths: Object.fromEntries(paths), typeRoots, rewriteRelativeImportExtensions: false };
    const config = { extends: join(PROJECT, "tsconfig.json"), compilerOptions, include: ["*.ts"] };
    writeFileSync(join(dir.path, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(dir.path, "package.json"), '{ "type": "module" }');
    const { code, stdout } = await runToEnd([join(PROJECT, "node_modules/.bin/tsc"), "-p", dir.path], { timeoutMs: 100_000 });
    assert.deepEqual([code, stdout], [0, ""]);
  });

  test("on embedding is a program that runs, and prints what the page shows", async () => {
    const page = "docs/embedding.md";
    const place = join(dir.path, "beside");
    mkdirSync(place);
    symlinkSync(PROJECT, join(place, "norouter"));
    writeFileSync(join(place, "clock.ts"), codeBlocks(page, "ts")[0] ?? "");
    const child = await startChild([...runtimeArgv(), "clock.ts"], { cwd: place });
    const said = readOutput(child);
    try {
      await waitFor(() => said().includes("host.ready"), { what: "the host to be ready", timeoutMs: 20_000 });
      const answer = await exchange({ host: "127.0.42.90", port: 1300 }, "");
      assert.equal(answer, `${new Date(answer.trim()).toISOString()}\n`);
      await waitFor(() => said().includes("stream.closed"), { what: "the stream to be reported" });
      process.kill(child.pid, "SIGINT");
      assert.equal((await child.exited).code, 0);
    } finally {
      await child.stop();
    }
    const [shown = ""] = /^1 network\.opened[\s\S]*?(?=^```)/m.exec(pageText(page)) ?? [];
    const [first = "", rest = ""] = shown.split("...\n");
    assert.ok(first !== "" && said().startsWith(first), said());
    assert.ok(rest !== "" && said().endsWith(rest), said());
  });
});
