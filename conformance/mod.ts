// The cases that every transport and every multiplexer has to pass, as plain data for any test runner.

export { type MuxCase, type MuxEnd, type MuxSubject, muxCases } from "./mux_cases.ts";
export { type FarEnd, type TransportCase, type TransportSubject, transportCases } from "./transport_cases.ts";
