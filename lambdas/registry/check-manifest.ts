/**
 * Whether what the table says of a version is what was signed when it was scanned. The text is written from the very
 * version that is about to be used, so nothing needs comparing: another file, artifact, product or signature has another
 * text, and the manifest's signature is none of it.
 */
import { verify } from 'node:crypto';
import { isKeyed, manifestText, signedBytes } from './domain/manifest.ts';
import type { ManifestKeys } from './ports/manifests.ts';
import type { Version } from './ports.ts';

/** Why it is not; `unsigned`: of a version published before there were manifests, while such are let through. */
export type ManifestVerdict = 'proven' | 'unsigned' | 'missing' | 'unknown_key' | 'differs';

export interface CheckPorts {
  readonly keys: ManifestKeys;
  /** Until then versions without a signature pass. */
  readonly unsignedUntilMs: number;
  readonly clock: () => number;
}

export const checkManifest = async (
  { keys, unsignedUntilMs, clock }: CheckPorts,
  version: Version,
): Promise<ManifestVerdict> => {
  const { validated } = version;
  if (!validated?.manifest) return clock() < unsignedUntilMs ? 'unsigned' : 'missing';
  const { manifest } = validated;
  const key = (await keys.all()).get(manifest.keyId);
  if (!key) return 'unknown_key';
  const text = manifestText(version, validated, manifest);
  const isSigned = verify('sha256', signedBytes(text), key, Buffer.from(manifest.signature, 'base64'));
  return isSigned && isKeyed(validated) ? 'proven' : 'differs';
};
