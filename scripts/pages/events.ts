// The list of events: what each says and its fields from the comments of the types, its class and who sees it from the tables
// that the log goes by.

import { DURABILITY, type FactType } from "../../core/ledger/events.ts";
import { SEEN_BY_HOSTS } from "../../core/ledger/redact.ts";
import { type Member, membersOf, membersOfType, readSource } from "./comments.ts";
import { item } from "./lines.ts";

const FACTS = ["ledger/facts", "ledger/fact_parts", "routes/route", "service/service"]
  .map((name) => readSource(`core/${name}.ts`))
  .join("");
/** What is said of it stands once, in a part of its own. */
const SHARED = "Admission";
const SEEN = { all: "hosts see it", part: "hosts see a part", none: "hosts do not see it" };

/** One item for each event of a table of FACTS, such as `HostFacts`, and below it one for each field. */
export function eventList(table: string): string {
  return membersOf(FACTS, `export interface ${table}`)
    .flatMap(({ name, text, rest }) => {
      const [durability, seen] = [DURABILITY[name as FactType], SEEN[SEEN_BY_HOSTS[name as FactType]]];

      const fields = rest === SHARED ? [] : membersOfType(FACTS, rest).map((member) => field(member, 1));
      const link = rest === SHARED ? ` Fields: [${rest}](#${rest.toLowerCase()}).` : "";
      return [item(`**\`${name}\`** (${durability}; ${seen}): ${text}${link}`), ...fields];
    })
    .join("\n");
}

/** One item for each field of an interface. */
export function fieldList(name: string): string {
  return membersOf(FACTS, `export interface ${name}`)
    .map((member) => field(member, 0))
    .join("\n");
}

function field({ name, optional, text }: Member, depth: number): string {
  if (text === "") throw new Error(`Nothing is said of the field "${name}"`);
  return item(`\`${name}\`${optional ? "?" : ""}: ${text}`, depth);
}
