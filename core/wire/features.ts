// What may be added to the protocol without a new version: each end names what it can do, and what both name is in force.
// SPEC.md section 6.

/**
 * What an end can do beyond the protocol's own. `large-frames`: take data frames of up to 128 KiB. `host-code`: send, or ask for,
 * the code of plugins. `traffic`: tell, or take, how many bytes a host sent to itself. `publish`: tell, or take, which ports programs of a
 * host serve.
 */
export type Feature = "large-frames" | "host-code" | "traffic" | "publish";

/** What this implementation names in `hello` and `welcome`. */
export const FEATURES: readonly Feature[] = ["large-frames", "host-code", "traffic", "publish"];

/** Most names of features that a manager takes of an agent. SPEC.md section 6. */
export const MOST_FEATURES = 64;

/** What is in force on a link whose other end named these; names that this end does not know are ignored. */
export function featuresInForce(named: readonly string[] = [], own: readonly Feature[] = FEATURES): ReadonlySet<Feature> {
  return new Set(own.filter((feature) => named.includes(feature)));
}
