// `npm run figures`: the size and the cleanliness of the sources in numbers. It measures and judges nothing; what has a bound is
// held by `tests/architecture_test.ts`. Knows only sources in the form that the formatter gives them.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** A function of so many lines is too long. */
export const LONG_FUNCTION = 50;

/** A part of a source and how many lines it has. */
export interface Length {
  readonly where: string;
  readonly lines: number;
}

/** What a file imports: project files by their path from the root, all else by its name; types included. */
export function importsOf(path: string): string[] {
  const whole = readFileSync(join(PROJECT, path), "utf8");
  // Imports in texts of files that are written are no imports.
  const text = path.startsWith("cli/templates/") ? (whole.split("\nconst ", 1)[0] ?? "") : whole;
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g);
  return [...found].map(([, named, lazy]) => {
    const name = (named ?? lazy) as string;
    return name.startsWith(".") ? relative(PROJECT, join(PROJECT, dirname(path), name)) : name;
  });
}

/** Groups of files that import each other, be it for types alone, each sorted. */
export function cyclesOf(paths: readonly string[], next: (path: string) => readonly string[]): string[][] {
  // Tarjan's algorithm: files that reach each other leave the stack together.
  const [order, low] = [new Map<string, number>(), new Map<string, number>()];
  const [stack, cycles]: [string[], string[][]] = [[], []];
  const visit = (path: string) => {
    order.set(path, order.size);
    low.set(path, order.get(path) as number);
    stack.push(path);
    for (const target of next(path)) {
      if (!order.has(target)) visit(target);
      else if (!stack.includes(target)) continue;
      low.set(path, Math.min(low.get(path) as number, low.get(target) as number));
    }
    if (low.get(path) !== order.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1 || next(path).includes(path)) cycles.push(group.sort());
  };
  for (const path of paths) if (!order.has(path)) visit(path);
  return cycles;
}

/** The functions of a source, methods and closures included; each is as long as what stands within its braces and around. */
export function functionsOf(path: string, text: string): Length[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const [, indent = "", head = ""] = /^(\s*)(.*)\{$/.exec(line) ?? [];
    if (!/(\bfunction\b.*|=> |^(async |static |get |set |override )*[#\w]+(<.*>)?\(.*\).*|^\).*)$/.test(head)) return [];
    if (/^(if|for|while|switch|else|try|catch|do|\} )/.test(head)) return [];
    const end = lines.findIndex((other, index) => index > at && other.startsWith(`${indent}}`));
    return end < 0 ? [] : [{ where: `${path}:${at + 1}`, lines: end - at + 1 }];
  });
}

/** Sources of the product, and tests beside them or of their own, by path from the root. */
export function sourcesOf(): { readonly product: string[]; readonly tests: string[] } {
  const all = globSync("{core,plugins,transports,agents,engine,conformance,cli}/**/*.ts", { cwd: PROJECT }).sort();
  const isTest = (path: string) => /_(test|cases)\.ts$/.test(path) || path.includes("arbitrary_");
  const tests = globSync("tests/**/*.ts", { cwd: PROJECT });
  return { product: all.filter((path) => !isTest(path)), tests: [...all.filter(isTest), ...tests].sort() };
}

/** What is measured of the sources. */
export interface Figures {
  /** Sources of the product, the shortest first. */
  readonly files: readonly Length[];
  /** Tests and tables of cases, the shortest first. */
  readonly tests: readonly Length[];
  /** Functions of the product, the longest first. */
  readonly functions: readonly Length[];
  /** How often the type `any` is written. */
  readonly any: number;
  /** How often a type error is hidden. */
  readonly hidden: number;
  /** How often a rule of style is switched off; each time with a reason. */
  readonly switchedOff: number;
  readonly cycles: readonly (readonly string[])[];
}

/** Measures the sources as they are. */
export function measure(): Figures {
  const { product, tests } = sourcesOf();
  const texts = new Map([...product, ...tests].map((path) => [path, readFileSync(join(PROJECT, path), "utf8")]));
  const text = (path: string) => texts.get(path) ?? "";
  const lengths = (paths: readonly string[]): Length[] =>
    paths.map((path) => ({ where: path, lines: text(path).trimEnd().split("\n").length })).sort((a, b) => a.lines - b.lines);
  const count = (pattern: RegExp) => [...texts.values()].reduce((sum, one) => sum + (bare(one).match(pattern)?.length ?? 0), 0);
  const isSource = (path: string) => path.endsWith(".ts") && existsSync(join(PROJECT, path));
  return {
    files: lengths(product),
    tests: lengths(tests),
    functions: product.flatMap((path) => functionsOf(path, text(path))).sort((a, b) => b.lines - a.lines),
    any: count(/[:<|(,]\s*any\b(?!\()|\bas any\b/g),
    hidden: count(/@ts-(expect-error|ignore|nocheck)/g),
    switchedOff: count(/biome-ignore/g),
    cycles: cyclesOf(product, (path) => importsOf(path).filter(isSource)),
  };
}

/** The length below which a part of the files is, from 0 to 1. */
export function quantile(files: readonly Length[], part: number): number {
  return files[Math.floor((files.length - 1) * part)]?.lines ?? 0;
}

/** The figures for people, a line each. */
export function figureLines({ files, tests, functions, any, hidden, switchedOff, cycles }: Figures): string[] {
  const lines = files.reduce((sum, one) => sum + one.lines, 0);
  const middle = `median ${quantile(files, 0.5)}, 90th percentile ${quantile(files, 0.9)}`;
  const long = functions.filter((one) => one.lines >= LONG_FUNCTION);
  return [
    `sources: ${files.length} of ${lines} lines; ${middle}, longest ${shown(files.at(-1))}`,
    `functions: ${functions.length}; longest ${shown(functions[0])}; ${long.length} of ${LONG_FUNCTION} lines or more`,
    `tests: ${tests.length}; longest ${shown(tests.at(-1))}`,
    `any: ${any}; hidden type errors: ${hidden}; rules switched off: ${switchedOff}`,
    `import cycles, those of types included: ${cycles.length}`,
    ...cycles.map((cycle) => `  ${cycle.join(", ")}`),
  ];
}

function shown(length: Length | undefined): string {
  return length ? `${length.lines} (${length.where})` : "none";
}

/** A source without its strings, in which words mean nothing, and without prose in comments. */
function bare(text: string): string {
  return text
    .replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, '""')
    .replace(/^\s*(\/\/|\/?\*)(?! (@ts-|biome-ignore)).*$|\/\/ (?!@ts-|biome-ignore).*$/gm, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const line of figureLines(measure())) console.log(line);
