// What is a host's name, a target's name, a glob of names.

import { isIpv4 } from "../../address.ts";
import { LAST_PORT } from "../../place.ts";
import { LONGEST_LABEL, LONGEST_NAME } from "../../routes/destination.ts";
import { isGlob, portRange, splitPattern } from "../../routes/pattern.ts";
import { quoted } from "../text/visible.ts";
import { parseNetwork } from "./address.ts";
import { type Parsed, wrong } from "./parsed.ts";

// The first NoRouter takes '_' as well, as container names and ssh aliases have it.
const LABEL = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i;

/** A host's name by RFC 1123 but for '_', as written. */
export function parseHostName(text: string): Parsed<string> {
  const name = quoted(text);
  if (text === "") return wrong("Host name is empty");
  if (text.length > LONGEST_NAME)
    return wrong(`Host name ${name} has ${text.length} letters, at most ${LONGEST_NAME} were wanted`);
  if (isIpv4(text)) return wrong(`Host name ${name} is an address, a name was wanted`, "Put the address in the host's 'vip'");
  if (/(^|\.)localhost$/i.test(text))
    return wrong(`Host name ${name} means each machine itself (RFC 6761)`, "Take another name, such as 'local'");
  for (const label of text.split(".")) {
    if (label.length > LONGEST_LABEL) {
      return wrong(`Part ${quoted(label)} of a host name has ${label.length} letters, at most ${LONGEST_LABEL} were wanted`);
    }
    if (!LABEL.test(label)) {
      const hint = "Letters, digits, '_' and '-' within are allowed, parts are separated by '.'";
      return wrong(`${name} is not a valid host name`, hint);
    }
  }
  return { value: text };
}

/** A further name of a host: lower case, a final dot dropped. */
export function parseAlias(text: string): Parsed<string> {
  const parsed = parseHostName(text.replace(/(?<=.)\.$/, ""));
  return "wrong" in parsed ? parsed : { value: parsed.value.toLowerCase() };
}

/** True for what a resolver may take: container and service names may hold '_', which host names may not. */
export function isTargetName(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$/i.test(text) && !text.includes("..");
}

/** A destination of a route: a network, or a glob of host names with `*` and `?`, maybe with ports behind a colon. */
export function parseDestination(text: string): Parsed<string> {
  const { what, ports } = splitPattern(text);
  if (ports !== undefined && portRange(ports) === undefined) {
    return wrong(
      `Ports ${quoted(ports)} of ${quoted(text)} are not numbers from 1 to ${LAST_PORT}`,
      "Write ':443' or ':8000-8999'",
    );
  }
  const parsed = parseWhat(what, text);
  return "wrong" in parsed ? parsed : { value: text };
}

function parseWhat(what: string, text: string): Parsed<string> {
  if (/[/:]/.test(what) || isIpv4(what)) return parseNetwork(what);
  if (isGlob(what)) return { value: what };
  if (/^[\d.*?]+$/.test(what) && /\d/.test(what)) {
    return wrong(`${quoted(text)} is not a network in CIDR notation`, "Write an address and a mask, such as 10.0.0.0/8");
  }
  return wrong(`${quoted(text)} is neither a network nor a glob of host names`, "Write '10.0.0.0/8' or '*.example.com'");
}
