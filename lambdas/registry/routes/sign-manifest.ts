/** Signs what is about to be stored of a version, once it was scanned. */
import { manifestText, signedBytes } from '../domain/manifest.ts';
import type { ManifestSigner, Signed } from '../ports/manifests.ts';
import type { Validated, Version } from '../ports.ts';

export interface SignPorts {
  readonly signer: ManifestSigner;
  /** What scanned the version. */
  readonly scanner: string;
  readonly clock: () => number;
}

export const signManifest = async (
  { signer, scanner, clock }: SignPorts,
  version: Pick<Version, 'model' | 'version' | 'files'>,
  validated: Omit<Validated, 'manifest'>,
): Promise<Signed> => {
  const said = { schema: 1, signedAtMs: clock(), scanner } as const;
  const bytes = signedBytes(manifestText(version, validated, said));
  return { ...said, ...(await signer.sign(bytes)) };
};
