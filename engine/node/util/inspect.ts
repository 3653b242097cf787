// `util.inspect`: values as text for people, about as Node shows them.

/** How values are shown. */
export interface InspectOptions {
  /** Levels of objects within objects; null for all. */
  depth?: number | null | undefined;
  showHidden?: boolean | undefined;
  maxArrayLength?: number | null | undefined;
  maxStringLength?: number | null | undefined;
  /** Columns of a line; what is longer is broken at its members. */
  breakLength?: number | undefined;
  compact?: boolean | number | undefined;
  sorted?: boolean | undefined;
  customInspect?: boolean | undefined;
  colors?: boolean | undefined;
}

/** A method of this name shows its object; it gets the depth that is left, the options, and `inspect`. */
const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
const DEFAULTS = { depth: 2, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 80 };
/** What is longer than this is broken into lines, whatever would fit. */
const LINE = 72;

interface Walk {
  readonly options: InspectOptions;
  readonly deepest: number;
  readonly most: number;
  readonly parents: object[];
  /** Objects that contain themselves, numbered from 1. */
  readonly circular: Map<object, number>;
}

/** A value as text. */
export function inspect(value: unknown, options: InspectOptions | boolean = {}): string {
  const given = typeof options === "object" ? options : { showHidden: options };
  const { depth, maxArrayLength } = { ...DEFAULTS, ...withoutUndefined(given) };
  const walk: Walk = {
    options: given,
    deepest: depth ?? Number.POSITIVE_INFINITY,
    most: maxArrayLength ?? Number.POSITIVE_INFINITY,
    parents: [],
    circular: new Map(),
  };
  return show(value, walk);
}
inspect.custom = CUSTOM;
inspect.defaultOptions = DEFAULTS;

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function show(value: unknown, walk: Walk): string {
  if (typeof value === "string") return quoted(value, walk);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return value.toString();
  if (Object.is(value, -0)) return "-0";
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
  const custom = (value as Record<symbol, unknown>)[CUSTOM];
  if (typeof custom === "function" && custom !== inspect && walk.options.customInspect !== false) {
    const made: unknown = custom.call(value, walk.deepest - walk.parents.length, walk.options, inspect);
    if (made !== value) return typeof made === "string" ? made : show(made, walk);
  }
  if (walk.parents.includes(value)) {
    if (!walk.circular.has(value)) walk.circular.set(value, walk.circular.size + 1);
    return `[Circular *${walk.circular.get(value)}]`;
  }
  walk.parents.push(value);
  const text = showObject(value, walk);
  walk.parents.pop();
  const number = walk.circular.get(value);
  return number === undefined ? text : `<ref *${number}> ${text}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

function quoted(text: string, { options }: Walk): string {
  const most = options.maxStringLength ?? DEFAULTS.maxStringLength;
  const left = text.length - most;
  const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes("`") && !text.includes("${") ? "`" : "'";
  const escaped = (left > 0 ? text.slice(0, most) : text).replace(/[\\'"`]|\p{Cc}|\p{Cs}/gu, (one) => {
    if (one === "\\" || one === quote) return `\\${one}`;
    if ("'\"`".includes(one)) return one;
    const code = one.charCodeAt(0);
    return ESCAPES[one] ?? (code > 0xff ? `\\u${code.toString(16).toUpperCase()}` : `\\x${hex(code)}`);
  });
  return `${quote}${escaped}${quote}${left > 0 ? `... ${left} more character${left > 1 ? "s" : ""}` : ""}`;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

/** What an object's text is made of. */
interface Parts {
  /** Before the brackets: a class, a size. Alone where nothing is in them. */
  readonly head: string;
  readonly brackets: readonly [open: string, close: string];
  /** Members that are no properties: elements, entries. */
  readonly items: readonly string[];
  readonly keys: readonly PropertyKey[];
  /** `head` stands for the whole where there is no member. */
  readonly isWhole?: boolean;
}

function showObject(object: object, walk: Walk): string {
  const isDeep = walk.parents.length > walk.deepest + 1;
  if (isDeep) return `[${Array.isArray(object) ? "Array" : classOf(object) || "Object: null prototype"}]`;
  const { head, brackets, items, keys, isWhole = false } = partsOf(object, walk);
  const members = [...items, ...keys.map((key) => showProperty(object, key, walk))];
  if (members.length === 0 && isWhole) return head;
  const start = head === "" ? brackets[0] : `${head} ${brackets[0]}`;
  if (members.length === 0) return start + brackets[1];
  return laidOut(start, members, brackets[1], walk);
}

function laidOut(start: string, members: readonly string[], close: string, { options, parents }: Walk): string {
  const length = members.reduce((sum, { length: one }) => sum + one + 2, start.length);
  const breakLength = options.breakLength ?? DEFAULTS.breakLength;
  const isShort = length + parents.length <= Math.min(breakLength, LINE) && !members.some((one) => one.includes("\n"));
  if (isShort || breakLength === Number.POSITIVE_INFINITY) return `${start} ${members.join(", ")} ${close}`;
  return `${start}\n  ${members.map((one) => one.replaceAll("\n", "\n  ")).join(",\n  ")}\n${close}`;
}

function partsOf(object: object, walk: Walk): Parts {
  const name = classOf(object);
  const keys = keysOf(object, walk);
  const prefix = (plain: string, size?: number) => {
    const shown = name === "" ? `[${plain}: null prototype]` : name;
    return size === undefined ? shown : `${shown}(${size})`;
  };
  if (Array.isArray(object)) {
    const head = name === "Array" ? "" : prefix("Array", object.length);
    return { head, brackets: ["[", "]"], items: elements(object, walk), keys: keys.filter((key) => !isIndex(key)) };
  }
  if (ArrayBuffer.isView(object) && !(object instanceof DataView)) {
    const array = object as Uint8Array;
    const items = elements(Array.from(array.subarray(0, walk.most)), walk, array.length);
    return { head: prefix("Uint8Array", array.length), brackets: ["[", "]"], items, keys: keys.filter((key) => !isIndex(key)) };
  }
  if (object instanceof Map) {
    const items = [...object].map(([key, value]) => `${show(key, walk)} => ${show(value, walk)}`);
    return { head: prefix("Map", object.size), brackets: ["{", "}"], items, keys };
  }
  if (object instanceof Set) {
    return { head: prefix("Set", object.size), brackets: ["{", "}"], items: [...object].map((one) => show(one, walk)), keys };
  }
  const text = wholeText(object, name);
  if (text !== undefined) return { head: text, brackets: ["{", "}"], items: [], keys, isWhole: true };
  return { head: name === "Object" ? "" : prefix("Object"), brackets: ["{", "}"], items: [], keys };
}

/** The text of objects that are shown by it, with their properties after it. */
function wholeText(object: object, name: string): string | undefined {
  if (object instanceof Error) return errorText(object);
  if (object instanceof Date) return Number.isNaN(object.getTime()) ? "Invalid Date" : object.toISOString();
  if (object instanceof RegExp) return String(object);
  if (object instanceof Promise) return "Promise {}";
  if (object instanceof ArrayBuffer) {
    const bytes = Array.from(new Uint8Array(object), (byte) => hex(byte).toLowerCase()).slice(0, 50);
    return `ArrayBuffer { [Uint8Contents]: <${bytes.join(" ")}>, byteLength: ${object.byteLength} }`;
  }
  for (const type of [Number, Boolean, String] as const)
    if (object instanceof type) return `[${type.name}: ${inspect(object.valueOf())}]`;
  if (typeof object !== "function") return undefined;
  const title = object.name === "" ? "(anonymous)" : object.name;
  // The engine has no source of functions to look into.
  const isClass = Object.getOwnPropertyDescriptor(object, "prototype")?.writable === false;
  if (!isClass) return `[${name || "Function"}${object.name === "" ? " " : ": "}${title}]`;
  const { name: above } = Object.getPrototypeOf(object) as { name?: string };
  return `[class ${title}${above ? ` extends ${above}` : ""}]`;
}

/** The stack of an error, which begins with its name and message; errors of the engine itself have frames alone. */
export function errorText(error: Error): string {
  const stack = typeof error.stack === "string" ? error.stack.trimEnd() : "";
  if (stack === "") return `[${String(error)}]`;
  return /^ {4}at /.test(stack) ? `${String(error)}\n${stack}` : stack;
}

function classOf(object: object): string {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const made = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof made === "function" && made.name !== "") return made.name;
  }
  return "";
}

function keysOf(object: object, { options }: Walk): PropertyKey[] {
  const all = Reflect.ownKeys(object).filter(
    (key) => options.showHidden || Object.prototype.propertyIsEnumerable.call(object, key),
  );
  const cause = object instanceof Error && Object.hasOwn(object, "cause") ? ["cause"] : [];
  const errors = object instanceof AggregateError ? ["errors"] : [];
  const keys = [...all, ...cause, ...errors];
  return options.sorted ? keys.sort((a, b) => (String(a) < String(b) ? -1 : 1)) : keys;
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === "string" && /^(0|[1-9]\d*)$/.test(key);
}

function elements(array: readonly unknown[], walk: Walk, length = array.length): string[] {
  const shown: string[] = [];
  for (let at = 0; at < array.length && shown.length < walk.most; at += 1) {
    let empty = at;
    while (empty < array.length && !(empty in array)) empty += 1;
    if (empty > at) shown.push(`<${empty - at} empty item${empty - at > 1 ? "s" : ""}>`);
    if (empty > at) at = empty - 1;
    else shown.push(show(array[at], walk));
  }
  const left = length - Math.max(walk.most, 0);
  return left > 0 ? [...shown, `... ${left} more item${left > 1 ? "s" : ""}`] : shown;
}

function showProperty(object: object, key: PropertyKey, walk: Walk): string {
  const { value, get, set, enumerable } = Object.getOwnPropertyDescriptor(object, key) ?? {};
  const plain =
    typeof key === "symbol"
      ? `[${key.toString()}]`
      : /^[A-Za-z_$][\w$]*$/.test(String(key))
        ? String(key)
        : quoted(String(key), walk);
  const shown = get ? (set ? "[Getter/Setter]" : "[Getter]") : set ? "[Setter]" : show(value, walk);
  return `${enumerable || typeof key === "symbol" ? plain : `[${plain}]`}: ${shown}`;
}
