// A module that checks import.

/** What importers look for. */
export const answer = 42;
