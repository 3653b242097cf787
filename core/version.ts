// The version of this program; a test holds it equal to the package manifests.

/** As in package.json. */
export const VERSION = "0.1.0";
