// Duplex: readable and writable. It inherits from Readable and has the members of Writable beside.

import { BARE, finishMaking, stateOf, whenConstructed } from "./base.ts";
import * as bits from "./bits.ts";
import { makeReadable, Readable, type ReadableOptions } from "./readable.ts";
import { readIfNeeded } from "./reading.ts";
import { makeWritable, Writable, type WritableOptions } from "./writable.ts";
import { goOn } from "./writing.ts";

/** Options of both halves. */
export interface DuplexOptions extends Omit<ReadableOptions, "read">, WritableOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly read?: ((this: never, size: number) => void) | undefined;
}

/** The constructor of Readable alone, with the type of what it becomes below. */
const Both = Readable as unknown as new (options: typeof BARE) => Readable & Writable;

/** A stream that is read from and written to. */
export class Duplex extends Both {
  /** Whether the writable half stays open when the readable one has ended. */
  declare allowHalfOpen: boolean;

  constructor(options?: DuplexOptions | typeof BARE) {
    super(BARE);
    if (options !== BARE) setUpDuplex(this, options);
  }
}

/** Makes a Duplex of a new object. */
export function setUpDuplex(self: Duplex, options?: DuplexOptions): void {
  self._wState = stateOf(options) | bits.HAS_READABLE | bits.HAS_WRITABLE;
  makeReadable(self, options as ReadableOptions | undefined);
  makeWritable(self, options);
  if (options?.allowHalfOpen === false) self.allowHalfOpen = false;
  finishMaking(self, options);
  if (self._wState & bits.CONSTRUCTING) whenConstructed(self, () => goOnBoth(self));
}

function goOnBoth(self: Duplex): void {
  goOn(self);
  readIfNeeded(self);
}

const readableOnly = new Set<PropertyKey>(["constructor", "pipe"]);
for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(Writable.prototype)))
  if (!readableOnly.has(name)) Object.defineProperty(Duplex.prototype, name, member);
Duplex.prototype.allowHalfOpen = true;
