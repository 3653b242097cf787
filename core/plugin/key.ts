// A key of the manifest that a plugin owns, and the schema of what may stand there. Types only.

/**
 * Checks a value of the manifest: a Standard Schema (https://standardschema.dev, version 1), which valibot, zod, arktype and
 * others offer. It must answer at once, without a promise.
 */
export interface SettingsSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SettingsResult<T> | Promise<SettingsResult<T>>;
    /** For editors, where the validator has it. */
    readonly jsonSchema?: { input(options: { readonly target: string }): Record<string, unknown> };
  };
}

/** A checked value, or everything that is wrong with it. */
export type SettingsResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SettingsIssue[] };

/** One thing that is wrong: what, and where within the value. */
export interface SettingsIssue {
  /** A clause that goes on after the key's name, such as `is a number, a string was wanted`, or a sentence of its own. */
  readonly message: string;
  readonly path?: readonly (PropertyKey | SettingsPathSegment)[] | undefined;
  /** Keys that may stand there, of which the nearest is suggested; not of the Standard Schema. */
  readonly known?: readonly string[];
}

/** One step of the way to what is wrong. */
export interface SettingsPathSegment {
  readonly key: PropertyKey;
  /** `key` when the key itself is wrong, not what stands there; not of the Standard Schema, valibot says it. */
  readonly origin?: unknown;
}

/** A key of a host in the manifest that belongs to a transport, and what may stand there. */
export interface HostKey {
  /** Letters, digits and dashes, such as `docker`; no other transport's, and none of the manifest's own. */
  readonly name: string;
  /** One sentence for editors and docs. */
  readonly description: string;
  readonly schema: SettingsSchema;
}

/** A key of an entry of `routes` in the manifest that belongs to a rule, and what may stand there. */
export interface RouteKey {
  /** Letters, digits and dashes, such as `blocklist`; no other rule's, and none of the manifest's own. */
  readonly name: string;
  /** One sentence for editors and docs. */
  readonly description: string;
  readonly schema: SettingsSchema;
}
