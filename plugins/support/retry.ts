// How long to wait with what this host could not have. Must not know what it is.

/** An address or a file that could not be had is tried again after this long. */
export const RETRY_MS = 5000;
