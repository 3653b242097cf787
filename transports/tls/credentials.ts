// What a side shows and what it wants to see, read when a connection is made: from a secret's file, or from given certificates. Must not
// keep it, and must put none of it into messages.

import { constants } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { messageOf, NoRouterError } from "../../core/mod.ts";
import { certified, keyShown, publicKeyOf } from "./certificate.ts";
import { type Identity, identityOf } from "./identity.ts";
import { MOST_PEM_BYTES } from "./limits.ts";
import { pathOf, readPrivate, readSecret } from "./secret_file.ts";

/** Files with certificates, in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Given certificates. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The quickest where processors help with AES comes first; all are those of TLS 1.3 (RFC 8446 section 9.1). */
const CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/** What holds for every connection, whoever knows whom by what. Nothing of a connection is kept for a later one. */
export const TLS_ONLY: SecureContextOptions = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: CIPHERS,
  // Node keeps no sessions itself, so without tickets none can be resumed.
  secureOptions: constants.SSL_OP_NO_TICKET,
};

/** What a secret's file gives. @throws NoRouterError as `readSecret` */
export async function identityIn(file: string): Promise<Identity> {
  return identityOf(await readSecret(file));
}

/** The certificate by which a manager is known. */
export function managerCertificate({ manager }: Identity): { readonly cert: string; readonly key: string } {
  return certified(manager);
}

/**
 * Given certificates.
 * @throws NoRouterError `settings-refused` for a file that is missing or holds something else, or a key of another certificate;
 *   `access-denied` for a key that others may read
 */
export async function certificatesIn({ cert, key, ca }: CertificateFiles): Promise<Certificates> {
  const found = {
    cert: await textIn(cert, "file with the certificate"),
    key: (await readPrivate(pathOf(key), "file with the private key", MOST_PEM_BYTES)).toString("utf8"),
    ca: await textIn(ca, "file with the certificates of 'ca'"),
  };
  const shown = keyShown(Buffer.from(found.cert)) ?? lacks(cert, "certificate");
  const own = publicKeyOf(found.key) ?? lacks(key, "private key");
  if (!keyShown(Buffer.from(found.ca))) lacks(ca, "certificate");
  if (!shown.equals(own))
    throw new NoRouterError("settings-refused", `The private key in "${key}" is not that of the certificate in "${cert}"`);
  return found;
}

async function textIn(file: string, what: string): Promise<string> {
  try {
    return await readFile(pathOf(file), "utf8");
  } catch (thrown) {
    const code = (thrown as { code?: string }).code === "ENOENT" ? "it is not there" : messageOf(thrown);
    throw new NoRouterError("settings-refused", `The ${what} "${file}" cannot be read: ${code}`, { cause: thrown });
  }
}

/** What a runtime says of a wrong file helps nobody. */
function lacks(file: string, what: string): never {
  throw new NoRouterError("settings-refused", `The file "${file}" holds no ${what} in PEM that can be used`);
}
