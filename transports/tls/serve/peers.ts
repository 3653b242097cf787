// Who is who: the peers that 'norouter serve' lets in, and how it knows them by what they show.

import type { TLSSocket, TlsOptions } from "node:tls";
import { NoRouterError } from "../../../core/mod.ts";
import { certified, freshKeyPair, keyShown } from "../certificate.ts";
import { type CertificateFiles, certificatesIn, identityIn, TLS_ONLY } from "../credentials.ts";
import { type Identity, isSame, proofOf } from "../identity.ts";

/** A peer that is known. */
export interface Peer {
  readonly name: string;
  /** What it is told to prove who is here, in base64; undefined where certificates say it. */
  readonly proof?: string;
}

/** How peers are known. */
export interface Peers {
  /** What connections are made with. */
  readonly tls: TlsOptions;
  /** Names that are known beforehand. */
  readonly names: readonly string[];
  /** Who is at the other end; undefined for a stranger. */
  peerAt(socket: TLSSocket): Peer | undefined;
}

/** A file with a secret, and who has it. */
export interface SecretOfPeer {
  readonly name: string;
  readonly file: string;
}

/**
 * Peers that are known by secrets. The certificate that is shown here is a new one at each start and says nothing of the secrets: who
 * does not have one learns nothing that a guess could be tried against.
 * @throws NoRouterError as `readSecret`, `usage` for one secret under two names
 */
export async function peersBySecret(secrets: readonly SecretOfPeer[]): Promise<Peers> {
  const known: { readonly name: string; readonly identity: Identity }[] = [];
  for (const { name, file } of secrets) {
    const identity = await identityIn(file);
    const twin = known.find((one) => isSame(one.identity.manager.publicKey, identity.manager.publicKey));
    if (twin) throw new NoRouterError("usage", `Peers "${twin.name}" and "${name}" have the same secret; each wants its own`);
    known.push({ name, identity });
  }
  const own = freshKeyPair();
  return {
    names: secrets.map(({ name }) => name),
    // Who is at the other end is looked at when the handshake is over: its key has to be one of these.
    tls: { ...TLS_ONLY, ...certified(own), requestCert: true, rejectUnauthorized: false },
    peerAt(socket) {
      const shown = keyShown(socket.getPeerCertificate(true)?.raw);
      const found = shown && known.find(({ identity }) => isSame(identity.manager.publicKey, shown));
      return found && { name: found.name, proof: proofOf(found.identity, own.publicKey).toString("base64") };
    },
  };
}

/** Peers that are known by certificates that come from `ca`; who one is says its common name. @throws NoRouterError as `certificatesIn` */
export async function peersByCertificate(files: CertificateFiles): Promise<Peers> {
  const tls = { ...TLS_ONLY, ...(await certificatesIn(files)), requestCert: true, rejectUnauthorized: true };
  return {
    tls,
    names: [],
    peerAt(socket) {
      if (!socket.authorized) return undefined;
      const name: unknown = socket.getPeerCertificate()?.subject?.CN;
      return typeof name === "string" && name !== "" ? { name } : undefined;
    },
  };
}
