// The plugins that `norouter plugin new` writes, by kind.

import { egress } from "./egress.ts";
import type { TemplateFiles } from "./files.ts";
import { frontEnd } from "./front_end.ts";
import { observer } from "./observer.ts";
import { rule } from "./rule.ts";
import { store } from "./store.ts";
import { transport } from "./transport.ts";

/** What makes the files of a plugin of this name, by kind. */
export const TEMPLATES: Readonly<Record<string, (name: string) => TemplateFiles>> = {
  transport,
  "front-end": frontEnd,
  egress,
  rule,
  store,
  observer,
};
