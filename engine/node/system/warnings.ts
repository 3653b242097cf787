// Warnings of a process: an event, and a line on standard error.

/** What may be said of a warning that is a text. */
export interface WarningOptions {
  type?: string | undefined;
  code?: string | undefined;
  detail?: string | undefined;
}

/** The part of `process` that is asked. */
interface Warning {
  readonly pid: number;
  readonly stderr: { write(text: string): unknown };
  emit(event: string, ...args: unknown[]): boolean;
  nextTick(call: () => void): void;
}

/** Emits `warning` soon, and writes a line. */
export function emitWarning(
  process: Warning,
  warning: string | Error,
  options: string | WarningOptions = {},
  code?: string,
): void {
  const given = typeof options === "string" ? { type: options, code } : options;
  const error =
    warning instanceof Error
      ? warning
      : Object.assign(new Error(`${warning}`), { name: given.type ?? "Warning", ...more(given) });
  process.nextTick(() => {
    process.emit("warning", error);
    const name = "code" in error ? `[${error.code}] ` : "";
    const detail = "detail" in error ? `\n${error.detail}` : "";
    process.stderr.write(`(engine:${process.pid}) ${name}${error.name}: ${error.message}${detail}\n`);
  });
}

function more({ code, detail }: WarningOptions): WarningOptions {
  return { ...(code === undefined ? {} : { code }), ...(detail === undefined ? {} : { detail }) };
}
