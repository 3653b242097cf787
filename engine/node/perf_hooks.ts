// node:perf_hooks: the clock alone.

/** The global object. */
export const { performance } = globalThis;

export default { performance };
