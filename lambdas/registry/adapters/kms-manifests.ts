// Manifests' keys in KMS: only functions that may `kms:Sign` make a signature; whoever checks one asks for the public key,
// once. Signed by hand: a caller may wait for the check.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { type CallService, jsonService } from '../../shared/platform/signed/json-service.ts';
import type { ManifestKeys, ManifestSigner } from '../ports/manifests.ts';

const publicKey = z.object({ PublicKey: z.string() });
const signed = z.object({ Signature: z.string() });

/** One per environment: it holds the connections. */
export const kmsService = (): CallService =>
  jsonService({ service: 'kms', targetPrefix: 'TrentService', jsonVersion: '1.1' });

/** @param keyArns - the one that signs first */
export const kmsManifestKeys = (kms: CallService, keyArns: readonly string[]): ManifestKeys => {
  let asked: Promise<ReadonlyMap<string, KeyObject>> | undefined;
  const ask = async (): Promise<ReadonlyMap<string, KeyObject>> =>
    new Map(
      await Promise.all(
        keyArns.map(async (KeyId) => {
          const { PublicKey } = publicKey.parse(await kms('GetPublicKey', { KeyId }));
          const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
          return [keyIdOf(key), key] as const;
        }),
      ),
    );
  return {
    all: () => {
      asked ??= ask().catch((fault: unknown) => {
        asked = undefined;
        throw fault;
      });
      return asked;
    },
  };
};

/** RFC 7638: the members that make the key, in the order of their names. */
const keyIdOf = (key: KeyObject): string => {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
};

export const kmsManifestSigner = (
  kms: CallService,
  keyArns: readonly string[],
  keys: ManifestKeys,
): ManifestSigner => ({
  sign: async (bytes) => {
    const [keyId] = (await keys.all()).keys();
    const [KeyId] = keyArns;
    if (keyId === undefined || KeyId === undefined) throw new Error('there must be a key to sign manifests with');
    const { Signature } = signed.parse(
      await kms('Sign', {
        KeyId,
        // KMS takes 4 KiB to hash itself.
        Message: createHash('sha256').update(bytes).digest('base64'),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    return { keyId, signature: Signature };
  },
});
