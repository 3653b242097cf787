// A reporter for node:test beside another one: shows what tests print that begins with `# `, such as times that were measured.
import type { TestEvent } from "node:test/reporters";

/** The lines to show. */
export default async function* figures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== "test:stdout") continue;
    for (const line of event.data.message.split("\n")) if (line.startsWith("# ")) yield `\n${line}\n`;
  }
}
