// The cases that every transport, multiplexer and store has to pass, as plain data for any test runner.

export { type MuxCase, type MuxEnd, type MuxSubject, muxCases } from "./mux_cases.ts";
export { type StoreCase, type StoreSubject, storeCases } from "./store_cases.ts";
export { type FarEnd, type TransportCase, type TransportSubject, transportCases } from "./transport_cases.ts";
