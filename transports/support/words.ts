// Small pieces of a tool's command line. Must not know any tool.

/** An option with its value, or no words when there is no value. */
export function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, `${value}`];
}
