// Classes of the web that are global in Node and that few programs use: globals.ts loads them when one of them is used first.

export { AbortController, AbortSignal } from "./web/abort.ts";
export { Crypto, CryptoKey, SubtleCrypto, webcrypto as crypto } from "./web/crypto.ts";
export { DOMException } from "./web/dom_exception.ts";
export { CustomEvent, Event } from "./web/event.ts";
export { EventTarget } from "./web/event_target.ts";
export { structuredClone } from "./web/structured_clone.ts";
