// What plugins describe their keys with: tables of fields, the parsers of what the manifest's own keys share with them, texts that are
// safe in messages, and how much a manifest may hold. For the manager's parts of plugins; an agent loads none of it.

export { MANIFEST_BOUNDS } from "../text/bounds.ts";
export { didYouMean } from "../text/near.ts";
export { maskedVia } from "../text/secrets.ts";
export { quoted, visible } from "../text/visible.ts";
export {
  isLocalListen,
  otherHome,
  parseListen,
  parsePort,
  parseProxyListen,
  parseSocketPath,
  parseTargetHost,
} from "./endpoint.ts";
export { type Parsed, type ParseFailure, wrong } from "./parsed.ts";
export type { SettingsField, SettingsFields, SettingsOf, SettingsTable, ValueOf } from "./setting_types.ts";
export { type FieldRow, settingOf, settingsOf, type TableSchema } from "./settings.ts";
