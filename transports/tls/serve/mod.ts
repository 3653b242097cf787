// The face of what listens for managers over TLS.

export type { AgentMakings } from "./agents.ts";
export { namedOf, type Rule, rulesOf } from "./allow.ts";
export type { Log, ServeEvent } from "./log.ts";
export { type Peers, peersByCertificate, peersBySecret, type SecretOfPeer } from "./peers.ts";
export { TlsListener } from "./server.ts";
