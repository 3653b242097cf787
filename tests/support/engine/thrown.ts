// What was thrown, as text with its stack and causes. Engines differ in whether a stack begins with the message.

/** The text, over several lines. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `thrown: ${String(thrown)}`;
  const head = `${thrown.name}: ${thrown.message}`;
  const { stack = "" } = thrown;
  const frames = stack.split("\n").filter((line) => /^ +at /.test(line));
  const errors = thrown instanceof AggregateError ? thrown.errors.map((one) => `each: ${wordsOf(one)}`) : [];
  const cause = thrown.cause === undefined ? [] : [`caused by: ${wordsOf(thrown.cause)}`];
  return [head, ...frames, ...errors, ...cause].join("\n");
}
