// The public face of the core: what plugins, front-ends of other programs and the command line import.

export { addressBytes, addressOfBytes, canonicalAddress, isIpv4, isIpv6, isLocalHost, isLoopback, isOwnKind } from "./address.ts";
export { plannedNetwork } from "./admission.ts";
export { retryDelay } from "./backoff.ts";
export { Bus, type Detach, type Published } from "./bus.ts";
export { type ControlOptions, createControl, type ExplainQuestion, type ManifestSource, type OwnControl } from "./control.ts";
export { DURATION_PATTERN, durationMs, LONGEST_DURATION_MS, showDuration } from "./duration.ts";
export * from "./errors.ts";
export { allOf, type ExposeOptions, type Exposure, exposeHost, exposeRoute } from "./exposure.ts";
export { isHash, isShortHash, shortHash } from "./hash.ts";
export { type Command, decide } from "./ledger/decide.ts";
export * from "./ledger/events.ts";
export { Ledger, replay } from "./ledger/ledger.ts";
export { isKept, memoryStore, type PromptStore } from "./ledger/memory_store.ts";
export { EMPTY_NETWORK, evolve, fold, type HostState, type ListenerState, type Network, type Phase } from "./ledger/network.ts";
export * from "./ledger/settings.ts";
export { snapshotFromJson, snapshotToJson } from "./ledger/snapshot_json.ts";
export { upcast } from "./ledger/upcast.ts";
export {
  type AllLimits,
  DEFAULT_LIMITS,
  LIMIT_ROWS,
  type LimitRow,
  type LimitRows,
  type Limits,
  type LimitValues,
  limitsOf,
  type Overrides,
  withLimits,
} from "./limits.ts";
export { cannotRun } from "./link/failure.ts";
export type { LinkEnd } from "./link/link.ts";
export { Manager } from "./manager.ts";
export type { AddedHost, ByKey, Diagnostic, HostSettings, HostSpec, Manifest, PortMap, RouteSpec } from "./manifest/types.ts";
export { MASK } from "./masked.ts";
export { Member } from "./member.ts";
export { Stream } from "./mux/stream.ts";
export type { StreamHandlers, StreamIdentity } from "./mux/stream_ends.ts";
export { isOwnHost } from "./own_host.ts";
export { type AgentOptions, type CreateManagerOptions, createAgent, createManager } from "./peer.ts";
export * from "./place.ts";
export * from "./plugin/agent_source.ts";
export * from "./plugin/carrier.ts";
export * from "./plugin/egress.ts";
export * from "./plugin/front_end.ts";
export * from "./plugin/guard.ts";
export * from "./plugin/host_code.ts";
export * from "./plugin/host_context.ts";
export { type HostRegistry, registerHostPart } from "./plugin/host_registry.ts";
export type { InsidePlan, InsideStart, InsideTrial } from "./plugin/inside_program.ts";
export * from "./plugin/key.ts";
export * from "./plugin/observer.ts";
export * from "./plugin/plugin.ts";
export { type Registry, registerPlugins, registryOf, transportFor } from "./plugin/registry.ts";
export * from "./plugin/rule.ts";
export { type SetUpPlugin, setUp } from "./plugin/set_up.ts";
export * from "./plugin/starter.ts";
export * from "./plugin/store.ts";
export * from "./plugin/transport.ts";
export { giveBack, LENDS_READS, lendingReads, owned, withGatheredReads, withLentReads } from "./read_buffers.ts";
export {
  type AddressRefusal,
  decideByRoutes,
  decideRoute,
  hostOf,
  judgesAddresses,
  leadsTo,
  namesOf,
  refusesAddress,
} from "./routes/decide_route.ts";
export type { Decision, RouteMatch } from "./routes/decision.ts";
export {
  canonicalName,
  type Destination,
  destinationOf,
  LONGEST_LABEL,
  LONGEST_NAME,
  showDestination,
} from "./routes/destination.ts";
export { compilePattern, isPattern, portRange, splitPattern } from "./routes/pattern.ts";
export { type PlannedRoute, planRoutes } from "./routes/plan.ts";
export type { Route } from "./routes/route.ts";
export { lackOf } from "./service/lack.ts";
export { settlesWithin } from "./settle.ts";
export { Shares } from "./shares.ts";
export * from "./text.ts";
export type { TrafficSince } from "./traffic/book.ts";
export { bytesOf, plus, sumOf, type TrafficRow } from "./traffic/rows.ts";
export type { FoundPort } from "./wire/control.ts";
export type { HostId } from "./wire/frame.ts";
export { wrongInEvent, wrongInSnapshot } from "./wire/manager_message.ts";
export type { Target } from "./wire/payload.ts";
export { preambleOf } from "./wire/preamble.ts";
