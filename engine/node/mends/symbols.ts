// `Symbol.dispose` and `Symbol.asyncDispose` (explicit resource management), which this engine does not have yet.

/** Defines them. */
export function mendSymbols(): void {
  for (const name of ["dispose", "asyncDispose"]) {
    if (Object.hasOwn(Symbol, name)) continue;
    Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`), writable: false, configurable: false });
  }
}
