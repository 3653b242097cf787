// A reporter for node:test beside another one: shows at once what fails, and what tests print that begins with `# `, such as
// times that were measured. A run that has to be ended shows nothing else of its failures.
import type { TestEvent } from "node:test/reporters";
import { messageOf } from "../../core/errors.ts";

/** The lines to show. */
export default async function* figures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === "test:fail") {
      const { name, file, details } = event.data;
      if (Reflect.get(details.error, "failureType") !== "subtestsFailed") {
        yield `\nfailed: ${name} (${file}): ${messageOf(details.error.cause ?? details.error)}\n`;
      }
    }
    if (event.type !== "test:stdout") continue;
    for (const line of event.data.message.split("\n")) if (line.startsWith("# ")) yield `\n${line}\n`;
  }
}
