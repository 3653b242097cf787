// Files' paths and their `file:` addresses.

import { invalidArgType } from "../errors.ts";
export function fileURLToPath(url: string | URL): string {
  throw invalidArgType("path", "of type string or an instance of URL", url);
}
