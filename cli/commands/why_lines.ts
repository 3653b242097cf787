// A chain of events as lines for people, of at most 80 cells.

import { type HostState, showPlace } from "../../core/mod.ts";
import { cut, plain } from "../ui/columns.ts";
import { adviceFor, endingOf, phaseOf } from "../ui/failure_words.ts";
import { isOrderly } from "../ui/view.ts";
import { COLUMNS, clockOf, dayOf, timeOf, wrapped } from "../ui/wrap.ts";
import { type Chain, type ChainLink, type ChainStep, folded } from "./why_chain.ts";
import { portsOf } from "./why_sentences.ts";

/** Steps that are shown; earlier ones are counted. */
const MOST_STEPS = 60;
/** Where the text of a line begins, behind its time. */
const INDENT = " ".repeat(10);

/** The lines, without control characters. */
export function whyLines(chain: Chain, network: string): string[] {
  const steps = folded(chain.links);
  const shown = steps.slice(-MOST_STEPS);
  const left = steps.length - shown.length;
  return [
    ...verdict(chain, network),
    "",
    ...beginning(chain),
    ...(left > 0 ? [`... ${left} earlier steps are left out; '--json' has all`] : []),
    ...stepLines(shown),
  ];
}

/** How a host is, such as "has been ready since 2026-11-29 14:03:07". */
function standing(host: HostState, at: number | undefined): string {
  const phase = phaseOf(host);
  if (phase === "failed" || phase === "left") return at === undefined ? `has ${phase}` : `${phase} at ${timeOf(at)}`;
  return at === undefined ? `is ${phase}` : `has been ${phase} since ${timeOf(at)}`;
}

/** Types of events that change where a host stands. */
const CHANGES: ReadonlySet<string> = new Set([
  "network.opened",
  "host.admitted",
  "host.ready",
  "link.starting",
  "link.opened",
  "link.closed",
]);

/** How it is now. */
function verdict({ host, isThere, port, links }: Chain, network: string): string[] {
  const { name, failure, ports, vip } = host;
  const last = links.findLast(({ event }) => CHANGES.has(event.type))?.event.at;
  const of = `host ${host.id} of ${network}`;
  if (!isThere) return wrapped("", `${name} was ${of} and is no longer there`);
  const failed = failure && !isOrderly(failure) ? failure : undefined;
  const lines = wrapped("", `${name}, ${of}, ${standing(host, last)}${failed ? `: ${endingOf(failed)}` : ""}`);
  if (failed) lines.push(...wrapped("> ", adviceFor(failed.code)));
  if (port === undefined) return lines;
  const published = ports.find(({ listen }) => listen === port);
  return [
    ...lines,
    ...(published
      ? wrapped("", `Port ${portsOf([published])} is published as ${showPlace({ host: vip, port })}`)
      : wrapped("", `${name} does not publish port ${port}; it publishes ${portsOf(ports)}`)),
  ];
}

function beginning({ before }: Chain): string[] {
  if (!before) return [];
  const failed = phaseOf(before) === "failed" && before.failure ? `: ${endingOf(before.failure)}` : "";
  return wrapped("before    ", `it is host ${before.id} and ${standing(before, undefined)}${failed} (session ${before.session})`);
}

function stepLines(steps: readonly ChainStep[]): string[] {
  const lines: string[] = [];
  let day = "";
  /** What the step before advises; it is not said twice in a row. */
  let advised: string | undefined;
  for (const step of steps) {
    const { event } = "link" in step ? step.link : step.last;
    if (day !== dayOf(event.at)) {
      day = dayOf(event.at);
      lines.push(day);
    }
    lines.push(...("link" in step ? linkLines(step.link, advised) : againLines(step)));
    advised = "link" in step ? step.link.advice : undefined;
  }
  return lines;
}

function linkLines({ event, text, output = [], advice = "", more = 0 }: ChainLink, advised: string | undefined): string[] {
  return [
    ...wrapped(`${clockOf(event.at)}  `, more === 0 ? text : `${text} and ${more} more ${more === 1 ? "address" : "addresses"}`),
    ...output.map((line) => cut(`${INDENT}| ${plain(line)}`, COLUMNS)),
    ...(advice === "" || advice === advised ? [] : wrapped(`${INDENT}> `, advice)),
  ];
}

function againLines({ again, steps, last }: Extract<ChainStep, { again: unknown }>): string[] {
  const what = steps === 1 ? "the same" : `the same ${steps} events`;
  const times = again === 1 ? "once more" : `${again} times more`;
  return [`${INDENT}${what} ${times}, the last at ${timeOf(last.event.at)}`];
}
