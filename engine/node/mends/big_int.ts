// `BigInt.asUintN` gives a negative number back as it is where `bits` is 64.

/** Mends it by the definition (ECMA-262 section 21.2.2.2). */
export function mendBigInt(): void {
  const asUintN = (bits: number, value: bigint): bigint => {
    const size = 1n << BigInt(Math.trunc(bits));
    const rest = BigInt(value) % size;
    return rest < 0n ? rest + size : rest;
  };
  Object.defineProperty(BigInt, "asUintN", { value: asUintN, writable: true, configurable: true });
}
