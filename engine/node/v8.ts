// node:v8: nothing of V8 is here; what only tunes it does nothing.

/** Does nothing: the flags are V8's. */
export function setFlagsFromString(_flags: string): void {}

export default { setFlagsFromString };
