// Transform: what is written comes out changed; PassThrough: as it is.

import { coded } from "../errors.ts";
import { tick } from "../ticks.ts";
import { BARE, type Done } from "./base.ts";
import * as bits from "./bits.ts";
import { Duplex, type DuplexOptions, setUpDuplex } from "./duplex.ts";

/** Gets an error, or what is to come out. */
export type Transformed = (error?: Error | null, chunk?: unknown) => void;

/** Options of a Transform. */
export interface TransformOptions extends DuplexOptions {
  readonly transform?: ((chunk: never, encoding: string, done: Transformed) => void) | undefined;
  readonly flush?: ((done: Transformed) => void) | undefined;
}

/** A Duplex whose readable half gives what is made of the chunks that are written. */
export class Transform extends Duplex {
  _flush?(done: Transformed): void;
  /** Calls back to the writer once something is read. */
  declare _tWaiting: Done | undefined;

  constructor(options?: TransformOptions) {
    super(BARE);
    setUpTransform(this, options);
  }

  _transform(_chunk: unknown, _encoding: string, _done: Transformed): void {
    throw coded("ERR_METHOD_NOT_IMPLEMENTED", "The _transform() method is not implemented");
  }

  override _write(chunk: unknown, encoding: string, done: Done): void {
    const before = this._rLength;
    this._transform(chunk, encoding, (error, made) => {
      if (error) return done(error);
      if (made !== undefined && made !== null) this.push(made);
      if (this._rState & bits.R_ENDED) tick(done, undefined);
      else if (this._wState & bits.W_ENDED || this._rLength === before || this._rLength < this._rMark) done();
      else this._tWaiting = done;
    });
  }

  override _read(): void {
    const done = this._tWaiting;
    this._tWaiting = undefined;
    done?.();
  }

  override _final(done: Done): void {
    flushOut(this, done);
  }
}

/** Makes a Transform of a new object. */
export function setUpTransform(self: Transform, options?: TransformOptions): void {
  setUpDuplex(self, options);
  self._rState &= ~bits.R_SYNC;
  if (typeof options?.transform === "function") self._transform = options.transform as Transform["_transform"];
  if (typeof options?.flush === "function") self._flush = options.flush;
  self.on("prefinish", prefinish);
}

Transform.prototype._tWaiting = undefined;
const ownFinal = Transform.prototype._final;

/** A Transform with a `_final` of its own is flushed all the same. */
function prefinish(this: Transform): void {
  if (this._final !== ownFinal) flushOut(this, undefined);
}

function flushOut(self: Transform, done: Done | undefined): void {
  if (typeof self._flush !== "function" || self.destroyed) {
    self.push(null);
    done?.();
    return;
  }
  self._flush((error, chunk) => {
    if (error) {
      if (done) done(error);
      else self.destroy(error);
      return;
    }
    if (chunk !== undefined && chunk !== null) self.push(chunk);
    self.push(null);
    done?.();
  });
}

/** A Transform that changes nothing. */
export class PassThrough extends Transform {
  override _transform(chunk: unknown, _encoding: string, done: Transformed): void {
    done(null, chunk);
  }
}
