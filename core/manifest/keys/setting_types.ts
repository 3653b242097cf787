// The table of a plugin's key: types of fields, and the types of the values that they give. Types only.

import type { Parsed } from "./parsed.ts";

interface Common {
  /** One or two sentences for editors and docs. */
  readonly description: string;
  readonly required?: boolean;
  /** To be there without a value is an error, and not as good as to be absent. */
  readonly needsValue?: boolean;
  readonly examples?: readonly unknown[];
  /** It is masked wherever the manifest is shown. */
  readonly secret?: boolean;
}

interface OfStrings extends Common {
  /** What a string, or each one of a list, has to match as a whole. */
  readonly pattern?: RegExp;
  /** What `pattern` wants, for the message: `a name of letters and digits`. */
  readonly wanted?: string;
  /** Strings may begin with `-`: they never become a word of their own on a command line. */
  readonly dash?: boolean;
}

/** A string that becomes a word of a command: not empty, no NUL character, not like an option; the default. */
export interface WordField extends OfStrings {
  readonly type?: "word" | "name or number";
  readonly fallback?: string;
}

/** A list of such strings. */
export interface ListField extends OfStrings {
  readonly type: "list of strings";
}

/** A string that `parse` takes, or says what is wrong with; without it any string. */
export interface TextField extends Common {
  readonly type: "text";
  readonly parse?: (text: string) => Parsed<string>;
  /** For editors alone. */
  readonly pattern?: RegExp;
  /** For editors alone. */
  readonly minLength?: number;
  readonly fallback?: string;
}

/** A port, 1..65535. */
export interface PortField extends Common {
  readonly type: "port";
  readonly fallback?: number;
}

/** True or false. */
export interface FlagField extends Common {
  readonly type: "flag";
  readonly fallback?: boolean;
}

/** One of a few words. */
export interface ChoiceField extends Common {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly fallback?: string;
}

/** A whole number within bounds. */
export interface NumberField extends Common {
  readonly type: "whole number";
  readonly least: number;
  readonly most: number;
  readonly fallback?: number;
}

/** A mapping within; fields that are not known are warned about. */
export interface MappingField extends Common {
  readonly type: "mapping";
  readonly fields: SettingsFields;
}

/** One field of a plugin's key. A field without a value counts as absent. */
export type SettingsField = WordField | ListField | TextField | PortField | FlagField | ChoiceField | NumberField | MappingField;

/** Fields by name. */
export type SettingsFields = { readonly [name: string]: SettingsField };

/** What a field gives. */
export type ValueOf<F extends SettingsField> = F extends PortField | NumberField
  ? number
  : F extends FlagField
    ? boolean
    : F extends ListField
      ? readonly string[]
      : F extends { readonly type: "mapping"; readonly fields: infer Fields extends SettingsFields }
        ? SettingsOf<Fields>
        : F extends { readonly type: "choice"; readonly choices: readonly (infer Choice)[] }
          ? Choice
          : string;
type IsThere<F extends SettingsField> = F extends { readonly required: true }
  ? true
  : F extends { readonly fallback: string | number | boolean }
    ? true
    : false;
type Present<F extends SettingsFields> = { [K in keyof F]: IsThere<F[K]> extends true ? K : never }[keyof F];

/** What a table of fields gives: fields that are required or have a fallback are there, others may be missing. */
export type SettingsOf<F extends SettingsFields> = { readonly [K in Present<F>]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, Present<F>>]?: ValueOf<F[K]>;
};

/** The table of a plugin's key. */
export interface SettingsTable<F extends SettingsFields = SettingsFields> {
  readonly fields: F;
  /** The field that a plain string in place of the mapping is the value of. */
  readonly shorthand?: (keyof F & string) | undefined;
  /** Exactly one of these fields has to be there. */
  readonly oneOf?: readonly (keyof F & string)[] | undefined;
  /** What is said of fields that are not in the table; default `refuse`. */
  readonly unknown?: "refuse" | "warn" | undefined;
}
