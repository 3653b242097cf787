// What a JavaScript module imports, from its text alone: enough to say why a module cannot be sent. Must not run it.

/** One import: what, and on which line, from 1. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
}

/** One token: a comment, a string, a word, white space, or a single sign. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|[\w$\u0080-\uffff]+|\s+|[\s\S]/uy;
/** Words after which `/` begins a regular expression. */
const BEFORE_EXPRESSION = new Set("return typeof case in of delete void throw new do else yield await instanceof".split(" "));
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/uy;

/** All static imports and those dynamic ones whose specifier is a string. */
export function importsOf(text: string): ModuleImport[] {
  const found: ModuleImport[] = [];
  const tokens = significant(text);
  for (const [index, { token, at }] of tokens.entries()) {
    const before = tokens[index - 1]?.token;
    const next = tokens[index + 1]?.token ?? "";
    const then = tokens[index + 2]?.token ?? "";
    if (before === ".") continue;
    const named = token === "from" && isString(next) ? next : undefined;
    const bare = token === "import" && isString(next) ? next : undefined;
    const dynamic = token === "import" && next === "(" && isString(then) ? then : undefined;
    const specifier = named ?? bare ?? dynamic;
    if (specifier !== undefined) found.push({ specifier: specifier.slice(1, -1), line: lineOf(text, at) });
  }
  return found;
}

interface Token {
  readonly token: string;
  readonly at: number;
  /** The bracket that closes what stands behind `if` and the like: a statement follows. */
  readonly endsHead?: boolean;
}

/** Words whose brackets a statement follows. */
const HEADS = new Set(["if", "while", "for", "with"]);

/** The tokens that count; what stands in templates counts as far as it is embedded. */
function significant(text: string): Token[] {
  const tokens: Token[] = [];
  /** For each template that is open, how many braces are open in what it embeds. */
  const embedded: number[] = [];
  /** For each round bracket that is open, whether it is that of a head. */
  const brackets: boolean[] = [];
  let at = 0;
  while (at < text.length) {
    const before = tokens.at(-1);
    TOKEN.lastIndex = at;
    let token = TOKEN.exec(text)?.[0] ?? "";
    if (token === "/" && beginsExpression(before)) {
      REGEXP.lastIndex = at;
      token = REGEXP.exec(text)?.[0] ?? token;
    }
    const depth = embedded.at(-1);
    if (token === "{" && depth !== undefined) embedded[embedded.length - 1] = depth + 1;
    if (token === "`" || (token === "}" && depth === 0)) {
      if (token === "}") embedded.pop();
      const end = templateEnd(text, at + 1);
      if (text.startsWith("${", end)) embedded.push(0);
      at = text[end] === "`" ? end + 1 : end + 2;
      tokens.push({ token: "`", at });
      continue;
    }
    if (token === "}" && depth !== undefined) embedded[embedded.length - 1] = depth - 1;
    if (token === "(") brackets.push(isHead(tokens));
    const endsHead = token === ")" && brackets.pop() === true;
    if (token.trim() !== "" && !token.startsWith("//") && !token.startsWith("/*")) tokens.push({ token, at, endsHead });
    at += Math.max(1, token.length);
  }
  return tokens;
}

/** Where the text of a template ends: at its backtick, at `${`, or with the file. */
function templateEnd(text: string, from: number): number {
  const end = /`|\$\{|\\[\s\S]/gu;
  end.lastIndex = from;
  for (let match = end.exec(text); match; match = end.exec(text)) if (!match[0].startsWith("\\")) return match.index;
  return text.length;
}

/** Whether a bracket that opens behind these is that of a head: `if (`, `for await (`. */
function isHead(tokens: readonly Token[]): boolean {
  const [earlier, last] = [tokens.at(-2)?.token ?? "", tokens.at(-1)?.token ?? ""];
  return earlier !== "." && HEADS.has(last === "await" ? earlier : last);
}

/** A block ends more often than an object is divided. */
function beginsExpression({ token, endsHead }: Token = { token: "", at: 0 }): boolean {
  return endsHead === true || BEFORE_EXPRESSION.has(token) || !/[\w$)\]"'`\u0080-\uffff]$/u.test(token);
}

function isString(token: string): boolean {
  return /^["']/.test(token);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
