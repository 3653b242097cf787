// A module that shares another with `path.ts`'s importers, so that a chunk is loaded, too.

export { answer as shared } from "./path.ts";
