// What is a host's name, a target's name, a glob of names. Must not know which key a name belongs to.

import { isIpv4, parseNetwork } from "./address.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { quoted } from "./visible.ts";

// RFC 1123 section 2.1 and RFC 1035 section 2.3.4.
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;

/** A host's name by RFC 1123, as written. */
export function parseHostName(text: string): Parsed<string> {
  const name = quoted(text);
  if (text === "") return wrong("Host name is empty");
  if (text.length > LONGEST_NAME)
    return wrong(`Host name ${name} has ${text.length} letters, at most ${LONGEST_NAME} were wanted`);
  if (isIpv4(text)) return wrong(`Host name ${name} is an address, a name was wanted`, "Put the address in the host's 'vip'");
  for (const label of text.split(".")) {
    if (label.length > LONGEST_LABEL) {
      return wrong(`Part ${quoted(label)} of a host name has ${label.length} letters, at most ${LONGEST_LABEL} were wanted`);
    }
    if (!LABEL.test(label)) {
      const hint = "Letters, digits and '-' within are allowed, parts are separated by '.'";
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

/** A destination of a route: a network, or a glob of host names with `*` and `?`. */
export function parseDestination(text: string): Parsed<string> {
  if (/[/:]/.test(text) || isIpv4(text)) return parseNetwork(text);
  if (/^[\d.*?]+$/.test(text) && /\d/.test(text)) {
    return wrong(`${quoted(text)} is not a network in CIDR notation`, "Write an address and a mask, such as 10.0.0.0/8");
  }
  if (text.length <= LONGEST_NAME && /^[a-z0-9*?_-]+(\.[a-z0-9*?_-]+)*$/i.test(text)) return { value: text };
  return wrong(`${quoted(text)} is neither a network nor a glob of host names`, "Write '10.0.0.0/8' or '*.example.com'");
}
