// The key `tls` of a host: where its 'norouter serve' listens, and what both sides know each other by.

import { quoted, settingsOf, wrong } from "../../core/manifest/keys/mod.ts";
import { type HostSettings, NoRouterError, type SettingsIssue, type SettingsSchema, type TcpPlace } from "../../core/mod.ts";

/** The name of the key. */
export const TLS = "tls";

const table = settingsOf({
  oneOf: ["secretFile", "cert"],
  fields: {
    address: {
      description: "Where `norouter serve` listens there, `name:port` or `address:port`; an IPv6 address in brackets.",
      type: "text",
      required: true,
      parse: parseAddress,
      examples: ["myserver.example:7443"],
    },
    secretFile: {
      description: "File with the secret that `norouter serve` has as well; `~/` is the home of whoever runs norouter.",
    },
    cert: { description: "In place of a secret: file with this side's certificate, in PEM, and what leads from it to `ca`." },
    key: { description: "File with the private key of `cert`." },
    ca: { description: "File with the certificates that the other side's has to come from." },
    serverName: { description: "Name that the other side's certificate has to be for; by default that of `address`." },
  },
});

/** What stands at the key. */
export interface TlsSettings {
  readonly address: string;
  readonly secretFile?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly serverName?: string | undefined;
}

/** The table of fields, and a check that one way to know each other is given as a whole. */
export const TLS_SCHEMA: SettingsSchema<TlsSettings> & { readonly rows: typeof table.rows } = {
  rows: table.rows,
  "~standard": {
    ...table["~standard"],
    validate(value, options) {
      const result = table["~standard"].validate(value, options);
      if (result instanceof Promise || result.issues) return result as { readonly issues: readonly SettingsIssue[] };
      const issue = wrongTogether(result.value);
      return issue ? { issues: [issue] } : result;
    },
  },
};

function wrongTogether({ secretFile, cert, key, ca, serverName }: TlsSettings): SettingsIssue | undefined {
  const others = Object.entries({ key, ca, serverName });
  if (secretFile !== undefined) {
    const [odd] = others.filter(([, value]) => value !== undefined);
    return odd && { message: `has '${odd[0]}' beside 'secretFile'; it belongs to 'cert'`, path: [odd[0]] };
  }
  const missing = cert === undefined ? [] : others.filter(([name, value]) => name !== "serverName" && value === undefined);
  return missing[0] && { message: `has a 'cert' and no '${missing[0][0]}', which belongs to it` };
}

/** What stands at the key of a host that has it. */
export function tlsOf(settings: HostSettings): TlsSettings {
  return settings[TLS] as TlsSettings;
}

/** An address in its parts. @throws NoRouterError `settings-refused` */
export function addressOf(address: string): TcpPlace {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new NoRouterError("settings-refused", `"${address}" is not an address and a port, such as "myserver.example:7443"`);
  return { host, port: number };
}

function parseAddress(text: string) {
  try {
    addressOf(text);
    return { value: text };
  } catch {
    return wrong(`${quoted(text)} is not an address and a port`, "Write it as 'myserver.example:7443' or '[2001:db8::1]:7443'");
  }
}
