// The keys of proxies in the manifest: what may stand there, what the log keeps of it, and what is warned about. For the manager.

import { type Parsed, parseProxyListen, type SettingsFields, settingsOf, wrong } from "../../core/manifest/keys/mod.ts";
import type { ExposeContext, Exposed, PluginKey } from "../../core/mod.ts";
import { type Access, keptAccess } from "./access.ts";
import { checkOpen, checkOpenRoutes } from "./open_checks.ts";
import type { ProxySettings, ProxySpec } from "./proxy_settings.ts";

const OUTSIDE = {
  type: "choice",
  choices: ["direct", "refuse"],
  description: "What becomes of destinations that are neither in the network nor a route's: they are dialled, or refused.",
  fallback: "direct",
} as const;

// RFC 1929 section 2 has one byte for each length; RFC 7617 section 2 forbids a colon in a name.
const AUTH = {
  type: "mapping",
  description: "A name and a password that programs have to give.",
  needsValue: true,
  fields: {
    user: {
      type: "text",
      parse: parseUser,
      minLength: 1,
      description: "The name to give: 1 to 255 bytes, without ':'.",
      required: true,
      examples: ["me"],
    },
    password: {
      type: "text",
      parse: parsePassword,
      minLength: 1,
      description: "The password to give: 1 to 255 bytes.",
      required: true,
      secret: true,
    },
  },
} as const;

/** What makes one proxy's key out of this. */
export interface ProxyKind {
  readonly name: string;
  /** Such as `HTTP proxy`. */
  readonly what: string;
  /** More of what it is, such as its versions. */
  readonly detail?: string;
  /** An address to listen on. */
  readonly example: string;
  /** Further fields. */
  readonly more?: SettingsFields;
}

/** The key of a proxy. */
export function proxyKey(kind: ProxyKind): PluginKey<ProxySpec> {
  const { name, what, more = {} } = kind;
  return {
    name,
    description: `${what} on the host, an entrance to the network.`,
    template: true,
    schema: settingsOf({
      unknown: "warn",
      fields: { listen: listenField(kind), outside: OUTSIDE, auth: AUTH, ...more },
    }) as PluginKey<ProxySpec>["schema"],
    expose: exposed,
    check: (manifest, note) => {
      checkOpen<ProxySpec>(manifest, note, {
        key: name,
        what,
        isOpen: ({ listen, auth }) => listen !== "" && auth === undefined,
        advice: ({ outside }) => {
          const reach = outside === "direct" ? " and all that its host can reach, but itself" : "";
          return `It leads to the whole network${reach}: add '${name}.auth', or listen on 127.0.0.1`;
        },
      });
      checkOpenRoutes(manifest, note, name);
    },
  };
}

function listenField({ what, detail, example }: ProxyKind) {
  const described = detail === undefined ? what : `${what} (${detail})`;
  return {
    type: "text",
    parse: parseProxyListen,
    pattern: /^$|^unix:.+|^.+:[0-9]+$/,
    description: `Address and port of the ${described} on the host, or 'unix:' and the path of a socket, in which '~' and '\${VAR}' are those of the agent. Empty: no proxy.`,
    fallback: "",
    examples: [example],
  } as const;
}

/** What the log keeps: no password, but what tells whether one that is given is it. */
function exposed({ auth, ...settings }: ProxySpec, { before, draft }: ExposeContext): Exposed | undefined | Promise<Exposed> {
  if (settings.listen === "") return undefined;
  const withAccess = (access?: Access): Exposed => ({ own: { ...settings, ...(access ? { auth: { ...access } } : {}) } });
  if (!auth) return withAccess();
  if (draft) return withAccess({ user: auth.user, salt: "", hash: "" });
  const { auth: kept } = (before?.own ?? {}) as Partial<ProxySettings>;
  return keptAccess(auth.user, auth.password, kept).then(withAccess);
}

function parseUser(user: string): Parsed<string> {
  const fits = user !== "" && sizeOf(user) <= 255 && !/[:\p{Cc}]/u.test(user);
  return fits ? { value: user } : wrong("'auth.user' is not valid, 1 to 255 bytes without ':' were wanted");
}

function parsePassword(password: string): Parsed<string> {
  const fits = password !== "" && sizeOf(password) <= 255 && !/\p{Cc}/u.test(password);
  return fits ? { value: password } : wrong("'auth.password' is not valid, 1 to 255 bytes were wanted");
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
