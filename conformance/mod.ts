// The cases that every implementation of a kind has to pass, as plain data for any test runner, and what tests of plugins need.

export { type Case, type CaseOutcome, runCases } from "./case.ts";
export { type EgressCase, type EgressSubject, egressCases } from "./egress_cases.ts";
export { connectAt, type FrontEndCase, type FrontEndSubject, frontEndCases } from "./front_end_cases.ts";
export { hostPlugin } from "./host_plugin.ts";
export { plainHost } from "./host_spec.ts";
export { cleanly, echo, type InProcess, type InProcessOptions, inProcess } from "./in_process.ts";
export { type LoneEgress, loneEgress } from "./lone_egress.ts";
export { frontEndOf, type LoneFrontEnd, loneFrontEnd } from "./lone_front_end.ts";
export type { OwnSettings, ShownHost } from "./lone_host.ts";
export { echoStream, refusedStream } from "./lone_streams.ts";
export { type MuxCase, type MuxEnd, type MuxSubject, muxCases } from "./mux_cases.ts";
export { type ObserverCase, type ObserverSubject, observerCases } from "./observer_cases.ts";
export { type RuleCase, type RuleSubject, ruleCases } from "./rule_cases.ts";
export { type StarterCase, type StarterSubject, starterCases } from "./starter_cases.ts";
export { type StoreCase, type StoreSubject, storeCases } from "./store_cases.ts";
export { freeAddress } from "./support/free_address.ts";
export { waitFor } from "./support/wait.ts";
export { type FarEnd, type TransportCase, type TransportSubject, transportCases } from "./transport_cases.ts";
export { transportSubject } from "./transport_on_host.ts";
