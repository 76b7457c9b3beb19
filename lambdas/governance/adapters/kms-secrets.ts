// Webhooks' secrets under a key of KMS, each bound to its webhook: a ciphertext that was moved elsewhere does not open.
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { SecretOpener, SecretSealer } from '../ports.ts';

type Owner = Parameters<SecretSealer['seal']>[1];

const contextOf = ({ accountId, webhookId }: Owner) => ({ purpose: 'webhook-secret', accountId, webhookId });

export const kmsSealer = (client: KMSClient, keyId: string): SecretSealer => ({
  seal: async (secret, owner) => {
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(secret), EncryptionContext: contextOf(owner) }),
    );
    if (!CiphertextBlob) throw new Error('KMS encrypted nothing');
    return Buffer.from(CiphertextBlob).toString('base64');
  },
});

/** Secrets that an environment has opened: a busy webhook would ask KMS for the same one at each attempt. */
const OPENED_COUNT = 500;

export const kmsOpener = (client: KMSClient, keyId: string): SecretOpener => {
  const opened = new Map<string, string>();
  return {
    open: async (ciphertext, owner) => {
      const key = `${owner.accountId} ${owner.webhookId} ${ciphertext}`;
      const known = opened.get(key);
      if (known !== undefined) return known;
      const { Plaintext } = await client.send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: Buffer.from(ciphertext, 'base64'),
          EncryptionContext: contextOf(owner),
        }),
      );
      if (!Plaintext) throw new Error('KMS decrypted nothing');
      const secret = Buffer.from(Plaintext).toString();
      if (opened.size >= OPENED_COUNT) opened.clear();
      opened.set(key, secret);
      return secret;
    },
  };
};
