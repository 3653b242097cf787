// The forms in which `connect` and `listen` take their arguments: options, a path, or a port and a host; then a callback.

/** Arguments as options, and the callback. */
export interface NormalArguments {
  readonly options: Record<string, unknown>;
  readonly callback: (() => void) | undefined;
}

/** Node's order of forms: an object, a path, a port. */
export function normalArguments(args: readonly unknown[]): NormalArguments {
  const [first, second] = args;
  const last = args.at(-1);
  const callback = typeof last === "function" ? (last as () => void) : undefined;
  if (typeof first === "object" && first !== null) return { options: first as Record<string, unknown>, callback };
  if (args.length === 0) return { options: {}, callback };
  if (typeof first === "string" && !isPort(first)) return { options: { path: first }, callback };
  return { options: { port: first, ...(typeof second === "string" ? { host: second } : {}) }, callback };
}

function isPort(text: string): boolean {
  return Number(text) >= 0;
}

/** A number of at least 0, for what is none too. */
export function numberOf(value: unknown): number {
  return typeof value === "function" ? 0 : Math.max(Number(value) || 0, 0);
}

/** Nothing was said, or that any port will do. */
export function isAnyPort(args: readonly unknown[], options: { readonly port?: unknown }): boolean {
  if (args.length === 0 || typeof args[0] === "function") return true;
  return options.port === null || (options.port === undefined && "port" in options);
}
