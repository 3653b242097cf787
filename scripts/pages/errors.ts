// The list of all codes, from the table of errors.

import { ERRORS, type ErrorRow } from "../../core/errors.ts";
import { item, sentence } from "./lines.ts";

/** One item for each code. */
export function errorList(): string {
  return Object.entries(ERRORS)
    .map(([code, { meaning, advice, socks, http, exit }]: [string, ErrorRow]) =>
      item(`**\`${code}\`**: ${sentence(meaning)} ${sentence(advice)} SOCKS ${socks}, HTTP ${http}, exit ${exit}.`),
    )
    .join("\n");
}
