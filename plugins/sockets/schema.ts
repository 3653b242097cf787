// The list that stands at the key `sockets`: each item is one text or a mapping.

import type { TableSchema } from "../../core/manifest/keys/mod.ts";
import type { SettingsIssue, SettingsOptions, SettingsResult } from "../../core/mod.ts";
import { entrySchema, parseEntry } from "./entry.ts";
import type { SocketSettings } from "./settings.ts";

const MAPPING = entrySchema["~standard"];
const SHORT = {
  type: "string",
  pattern: "^\\s*[/~$@].*->\\s*\\S+:[0-9]+\\s*$",
  examples: ["/run/user/1000/docker.sock -> build:2375"],
};

/** The sockets of a host. */
export const socketsSchema: TableSchema<readonly SocketSettings[]> = {
  rows: entrySchema.rows,
  "~standard": {
    version: 1,
    vendor: "norouter",
    validate,
    jsonSchema: {
      input: (options) => ({ type: "array", items: { anyOf: [SHORT, MAPPING.jsonSchema?.input(options) ?? {}] } }),
    },
    conceal: (value) => value,
  },
};

function validate(data: unknown, options?: SettingsOptions): SettingsResult<readonly SocketSettings[]> {
  if (!Array.isArray(data)) {
    const hint =
      typeof data === "string" ? "Put it in brackets, as the only item" : "Write each socket on a line of its own after '- '";
    return { issues: [{ message: "is no list, a list of sockets was wanted", hint }] };
  }
  const sockets: SocketSettings[] = [];
  const issues: SettingsIssue[] = [];
  const paths = new Map<string, number>();
  for (const [index, item] of (data as readonly unknown[]).entries()) {
    const found = checkedItem(item, index, options);
    if (Array.isArray(found)) {
      issues.push(...found);
      continue;
    }
    const { path } = found as SocketSettings;
    const first = paths.get(path);
    if (first !== undefined) issues.push({ message: `has the path of item ${first + 1}`, path: [index] });
    paths.set(path, index);
    sockets.push(found as SocketSettings);
  }
  return issues.length > 0 ? { issues } : { value: sockets };
}

/** The socket, or what is wrong with the item. */
function checkedItem(item: unknown, index: number, options?: SettingsOptions): SocketSettings | readonly SettingsIssue[] {
  if (typeof item === "string") {
    const parsed = parseEntry(item);
    if ("value" in parsed) return parsed.value;
    return [{ message: parsed.wrong, whole: true, path: [index], hint: parsed.hint }];
  }
  const key = `${String(options?.libraryOptions?.key ?? "sockets")}[${index}]`;
  const result = MAPPING.validate(item, { libraryOptions: { key } }) as SettingsResult<SocketSettings>;
  if (result.issues) return result.issues.map((issue) => ({ ...issue, path: [index, ...(issue.path ?? [])] }));
  const { path, mode, owner } = result.value;
  if (!path.startsWith("@") || (mode === undefined && owner === undefined)) return result.value;
  const message = `'${key}' is an abstract socket, which has neither mode nor owner`;
  return [{ message, whole: true, path: [index], hint: "Name a path to say who may connect" }];
}
