import type { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { kmsOpener, kmsSealer } from '../../../../lambdas/governance/adapters/kms-secrets.ts';

interface Input {
  readonly KeyId: string;
  readonly EncryptionContext: Record<string, string>;
  readonly Plaintext?: Uint8Array;
  readonly CiphertextBlob?: Uint8Array;
}

/** A key that opens nothing under another context than it was sealed in. */
const makeKey = () => {
  const calls: Input[] = [];
  const send = async ({ input }: { input: Input }) => {
    calls.push(input);
    const context = JSON.stringify(input.EncryptionContext);
    if (input.Plaintext) {
      const sealed = JSON.stringify([context, Buffer.from(input.Plaintext).toString()]);
      return { CiphertextBlob: Buffer.from(sealed) };
    }
    const [of, text] = JSON.parse(Buffer.from(input.CiphertextBlob ?? []).toString());
    if (of !== context) throw new Error('InvalidCiphertextException');
    return { Plaintext: Buffer.from(text) };
  };
  return { calls, client: { send } as unknown as KMSClient };
};

const owner = { accountId: 'acc_1', webhookId: 'whk_1' };

describe('a sealed secret', () => {
  it('is opened for its webhook, and asked of KMS once', async () => {
    const { calls, client } = makeKey();
    const sealed = await kmsSealer(client, 'arn:key').seal('whsec_x', owner);
    const opener = kmsOpener(client, 'arn:key');
    // Whatever else a webhook has is no part of what binds its secret.
    for (const one of [owner, { ...owner, url: 'https://example.com/' }])
      expect(await opener.open(sealed, one)).toBe('whsec_x');
    expect(calls).toHaveLength(2);
    expect(calls.map(({ KeyId }) => KeyId)).toEqual(['arn:key', 'arn:key']);
  });

  it('does not open when it was moved to another webhook, or another account', async () => {
    const { client } = makeKey();
    const sealed = await kmsSealer(client, 'arn:key').seal('whsec_x', owner);
    const opener = kmsOpener(client, 'arn:key');
    await opener.open(sealed, owner);
    for (const other of [
      { ...owner, webhookId: 'whk_2' },
      { ...owner, accountId: 'acc_2' },
    ])
      await expect(opener.open(sealed, other)).rejects.toThrow('InvalidCiphertext');
  });
});
