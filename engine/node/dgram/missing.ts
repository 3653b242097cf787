// Methods of a UDP socket that this engine does not have.

import { unsupported } from "../errors.ts";

const MISSING = [
  "addMembership",
  "addSourceSpecificMembership",
  "disconnect",
  "dropMembership",
  "dropSourceSpecificMembership",
  "getRecvBufferSize",
  "getSendBufferSize",
  "setBroadcast",
  "setMulticastInterface",
  "setMulticastLoopback",
  "setMulticastTTL",
  "setRecvBufferSize",
  "setSendBufferSize",
  "setTTL",
];

/** Gives a prototype methods that throw. */
export function addMissingMethods(prototype: object): void {
  for (const name of MISSING)
    Object.defineProperty(prototype, name, {
      value() {
        throw unsupported(`${name} of a UDP socket`);
      },
    });
}
