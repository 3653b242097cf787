// Writes engine/node/url/idna_table.ts: where Node's names of hosts differ from what the engine's own Unicode tables say.
//
//   node engine/idna_table.ts ENGINE
//
// To be run again when the engine gets another QuickJS, on the newest Node. Everything is asked of Node's own `domainToASCII`.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { domainToASCII, fileURLToPath } from "node:url";
import { decoded } from "./node/url/punycode.ts";
import { textOf } from "./node/url/ranges.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUTPUT = join(HERE, "node/url/idna_table.ts");
const LAST = 0x10ffff;
const ALEF = "א";
const BEH = "ب";
const MONGOLIAN = "\u1820";

/** What the engine says of a character: its form, and whether it is without a place, left out, a mark, and non-spacing. */
type Plain = readonly [folded: string, noPlace: boolean, leftOut: boolean, mark: boolean, nonSpacing: boolean];

const DUMP = `
import { writeFileSync } from "node:fs";
import { folded, hasNoPlace, isLeftOut, isMark, isNonSpacing } from "./node/url/unicode.ts";
const all = [];
for (let code = 0; code <= ${LAST}; code += 1) {
  const one = String.fromCodePoint(code);
  all.push(code >= 0xd800 && code < 0xe000 ? 0 : [folded(one), hasNoPlace(one), isLeftOut(one), isMark(one), isNonSpacing(one)]);
}
console.log(JSON.stringify(all));
`;

const isValid = (name: string): boolean => domainToASCII(name) !== "";

/** Asks the engine for what its tables say. */
async function plainTables(engine: string): Promise<readonly Plain[]> {
  const { build, stop } = await import("esbuild");
  const script = join(tmpdir(), `idna-${process.pid}.mjs`);
  await build({ stdin: { contents: DUMP, resolveDir: HERE }, outfile: script, bundle: true, format: "esm", platform: "node" });
  await stop();
  const { stdout, status } = spawnSync(engine, [script], { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`Engine ended with ${status}`);
  return JSON.parse(stdout) as Plain[];
}

/** What surrounds a character so that Node takes it, whatever its direction is, and also where it cannot begin a label. */
const CONTEXTS = [
  ["a", "b"],
  [ALEF, ALEF],
  ["", ""],
] as const;

/** What Node makes of a character; undefined where it has no place in a name. */
function mappedBy(character: string): string | undefined {
  for (const [before, after] of CONTEXTS) {
    const name = domainToASCII(before + character + after);
    const labels = name.split(".").map((label) => (label.startsWith("xn--") ? (decoded(label.slice(4)) ?? "") : label));
    const all = labels.join(".");
    if (name !== "" && all.startsWith(before) && all.endsWith(after)) return all.slice(before.length, all.length - after.length);
  }
  return undefined;
}

/** Characters that a name of a host must not have (URL Standard section 3.1). */
const FORBIDDEN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

const [engine = ""] = process.argv.slice(2);
const plain = await plainTables(engine);
const codes = Array.from({ length: LAST + 1 }, (_, code) => code).filter(
  (code) => code >= 0x80 && (code < 0xd800 || code >= 0xe000),
);
const mapped = new Map(codes.map((code) => [code, mappedBy(String.fromCodePoint(code))]));
const plainOf = (code: number): Plain => plain[code] as Plain;

const isJoiner = (code: number) => code === 0x200c || code === 0x200d;
/** A character that becomes one that is forbidden is refused for that. */
const isForbidden = (code: number) => FORBIDDEN.test(plainOf(code)[0]) && mapped.get(code) === undefined;
const place = codes.filter(
  (code) => !isJoiner(code) && !isForbidden(code) && (mapped.get(code) === undefined) !== plainOf(code)[1],
);
const differs = (code: number) => {
  const to = mapped.get(code);
  return to !== undefined && to !== "" && to !== plainOf(code)[0] && !isJoiner(code);
};

/** Ranges of characters that are mapped to others at one distance. */
function mappings(): string {
  const ranges: [first: number, last: number, to: number][] = [];
  for (const code of codes.filter(differs)) {
    const to = mapped.get(code)?.codePointAt(0) ?? 0;
    const before = ranges.at(-1);
    if (before !== undefined && before[1] === code - 1 && to - code === before[2] - before[0]) before[1] = code;
    else ranges.push([code, code, to]);
  }
  return ranges.map((range) => `  [${range.map((one) => `0x${one.toString(16)}`).join(", ")}],\n`).join("");
}

/** Characters that names have as they are; from ASCII those that mean nothing in a URL. */
const ascii = Array.from({ length: 0x80 }, (_, code) => code).filter(
  (code) => !/[\0-\x20#%./:<>?@A-Z[\\\]^|\x7f]/.test(String.fromCharCode(code)),
);
const kept = [...ascii, ...codes.filter((code) => mapped.get(code) === String.fromCodePoint(code) && !isJoiner(code))];
const keptWhere = (test: (character: string, code: number) => boolean) =>
  kept.filter((code) => test(String.fromCodePoint(code), code));

const isRight = (one: string) =>
  isValid(ALEF + one) && isValid(`${ALEF}${one}1`) && !isValid(`a${one}a${ALEF}`) && isValid(`${ALEF}!${one}`);
const isArabicNumber = (one: string) => isValid(ALEF + one) && !isValid(`${ALEF}1${one}`);
const isNumber = (one: string) => isValid(ALEF + one) && !isValid(`${ALEF}\u0660${one}`);
const isNeither = (one: string) => !isValid(ALEF + one) && isValid(ALEF + one + ALEF);
const isNonSpacingOne = (one: string) => isValid(ALEF + one) && !isValid(`${ALEF}!${one}`);
const isVirama = (one: string) => isValid(`क${one}\u200dष`);
const joinsBefore = (one: string) => !isVirama(one) && [BEH, MONGOLIAN].some((other) => isValid(`${one}\u200c${other}`));
const joinsAfter = (one: string) => [BEH, MONGOLIAN].some((other) => isValid(`${other}\u200c${one}`));

const sets: Readonly<Record<string, readonly number[]>> = {
  "PLACE: categories say the contrary of whether it can be in a name": place,
  "BEGINS_NO_LABEL: categories say the contrary of whether it can begin a label": keptWhere(
    (one, code) => code >= 0x80 && !isValid(one) !== plainOf(code)[3] && !isArabicNumber(one),
  ),
  "NON_SPACING: categories say the contrary of whether it has the direction of those before it": keptWhere(
    (one, code) => isNonSpacingOne(one) !== plainOf(code)[4],
  ),
  "RIGHT_TO_LEFT: is read from right to left": keptWhere((one) => isRight(one) && !isArabicNumber(one) && !isNumber(one)),
  "OF_ARABIC_NUMBERS: is an Arabic number": keptWhere(isArabicNumber),
  "DIRECTION_OF_NUMBERS: is a European number": keptWhere(isNumber),
  "NEITHER_DIRECTION: has no direction of its own": keptWhere(isNeither),
  "VIRAMA: lets a joiner follow": keptWhere(isVirama),
  "LEFT_JOINING: joins with what follows": keptWhere((one) => joinsBefore(one) && !joinsAfter(one)),
  "RIGHT_JOINING: joins with what is before": keptWhere((one) => joinsAfter(one) && !joinsBefore(one)),
  "DUAL_JOINING: joins on both sides": keptWhere((one) => joinsBefore(one) && joinsAfter(one)),
};

const lines = Object.entries(sets).map(([title, set]) => {
  const [name, what] = title.split(": ");
  return `/** ${what?.replace(/^./, (one) => one.toUpperCase())}. */\nexport const ${name}: CodePoints = codePoints(\n  ${JSON.stringify(textOf(set))},\n);\n`;
});
writeFileSync(
  OUTPUT,
  `// Written by engine/idna_table.ts from Node ${process.versions.node} (Unicode ${process.versions.unicode}). Not to be changed by hand.

import { type CodePoints, codePoints } from "./ranges.ts";

/** Characters with another form than the engine knows: first, last, and the form of the first. */
export const MAPPED: readonly (readonly [first: number, last: number, to: number])[] = [
${mappings()}];

${lines.join("\n")}`,
);
console.log(lines.map((line) => line.length));
