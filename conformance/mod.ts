// The cases that every transport, multiplexer, store and observer has to pass, as plain data for any test runner.

export { type MuxCase, type MuxEnd, type MuxSubject, muxCases } from "./mux_cases.ts";
export { type ObserverCase, type ObserverSubject, observerCases } from "./observer_cases.ts";
export { type StoreCase, type StoreSubject, storeCases } from "./store_cases.ts";
export { type FarEnd, type TransportCase, type TransportSubject, transportCases } from "./transport_cases.ts";
