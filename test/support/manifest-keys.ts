// A key pair in place of KMS's: real signatures, made and checked as there.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { ManifestKeys, ManifestSigner } from '../../lambdas/registry/ports/manifests.ts';

export const manifestPair = (): {
  readonly keys: ManifestKeys;
  readonly signer: ManifestSigner;
  readonly keyId: string;
} => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return {
    keyId,
    keys: { all: async () => new Map([[keyId, publicKey]]) },
    signer: { sign: async (bytes) => ({ keyId, signature: sign('sha256', bytes, privateKey).toString('base64') }) },
  };
};
