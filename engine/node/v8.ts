// node:v8: nothing of V8 is here but the one flag that means the same on this engine.

import { setHeapLimit } from "engine:host";

const HEAP_LIMIT = /^--max-heap-bytes=(\d+)$/;

/** Sets the limit of the heap for `--max-heap-bytes=N`. Other flags are V8's own, and do nothing. */
export function setFlagsFromString(flags: string): void {
  const bytes = HEAP_LIMIT.exec(flags)?.[1];
  if (bytes !== undefined) setHeapLimit(Number(bytes));
}

export default { setFlagsFromString };
