// What signing manifests, and checking them, needs from outside, and what is kept of it.
import type { KeyObject } from 'node:crypto';

/** The signature of a manifest, and what of the text is told nowhere else. */
export interface Signed {
  /** Of the text's members: another set of them has another number. */
  readonly schema: 1;
  readonly signedAtMs: number;
  /** What scanned the version when it was signed. */
  readonly scanner: string;
  /** SHA-256 of the public key as RFC 7638 has it, base64url. */
  readonly keyId: string;
  /** ECDSA over P-256 and SHA-256 of `signedBytes`, DER, base64. */
  readonly signature: string;
}

/** The public keys of manifests, by their ids. */
export interface ManifestKeys {
  /** All that count, the one that signs first. Asked for once; what failed is asked for again. */
  all(): Promise<ReadonlyMap<string, KeyObject>>;
}

/** Who alone can sign. */
export interface ManifestSigner {
  /** @returns the key's id, and the signature (DER, base64) of the bytes' SHA-256 */
  sign(bytes: Uint8Array): Promise<{ readonly keyId: string; readonly signature: string }>;
}
