// Where the files of this program are. One folder deep in the sources as in what is built of them.

/** The folder of a clone, or the `dist` of a package. */
export const PROGRAM_FOLDER: URL = new URL("../", import.meta.url);

/** How names of its modules end. */
export const MODULE_ENDING: ".ts" | ".js" = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
