// DOMException (Web IDL section 2.8).

/** Names that have a number from older times, by it; the first is 1. */
const NUMBERED: readonly string[] = (
  "IndexSize - HierarchyRequest WrongDocument InvalidCharacter - NoModificationAllowed NotFound NotSupported InUseAttribute " +
  "InvalidState Syntax InvalidModification Namespace InvalidAccess - TypeMismatch Security Network Abort URLMismatch " +
  "QuotaExceeded Timeout InvalidNodeType DataClone"
).split(" ");

/** What web interfaces throw. */
export class DOMException extends Error {
  /** @param options The error's name, or its name and cause. */
  constructor(message: string = "", options: string | { name?: string | undefined; cause?: unknown } = "Error") {
    const { name = "Error", ...more } = typeof options === "object" ? options : { name: options };
    super(message, "cause" in more ? { cause: more.cause } : undefined);
    const frames = /(?:\n {4}at .*)*$/.exec(this.stack ?? "")?.[0];
    for (const [key, value] of Object.entries({ name: `${name}`, message: `${message}`, stack: `${name}: ${message}${frames}` }))
      Object.defineProperty(this, key, { value, writable: key === "stack", configurable: true, enumerable: false });
  }

  get code(): number {
    return this.name.endsWith("Error") ? NUMBERED.indexOf(this.name.slice(0, -"Error".length)) + 1 : 0;
  }

  get [Symbol.toStringTag](): string {
    return "DOMException";
  }
}
