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
