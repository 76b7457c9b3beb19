// The signatures were made by botocore 1.43.106 (SigV4Auth, S3SigV4Auth) for these requests, its clock at that moment.
import { describe, expect, it } from 'vitest';
import { createSigner, type Signable, sha256Hex } from '../../../../../lambdas/shared/platform/signed/signer.ts';

const env = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const atMs = Date.parse('2026-11-23T20:46:00Z');

const signatureOf = (service: string, request: Signable, token?: string) =>
  createSigner({ ...env, AWS_SESSION_TOKEN: token }, service, `${service}.eu-central-1.amazonaws.com`)(request, atMs);

const putItem: Signable = {
  method: 'POST',
  canonicalPath: '/',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
  bodySha256: sha256Hex('{"TableName":"tä"}'),
};
const invoke: Signable = {
  method: 'POST',
  canonicalPath: '/2015-03-31/functions/aimass-dev-inference-run-2gib/invocations',
  query: 'Qualifier=live',
  headers: { 'content-type': 'application/octet-stream' },
  bodySha256: sha256Hex('{"a":1}'),
};
const getObject: Signable = {
  method: 'GET',
  canonicalPath: '/bucket-1/sha256/a%20b%28c%29.onnx',
  headers: { 'x-amz-content-sha256': sha256Hex('') },
  bodySha256: sha256Hex(''),
};

describe('a signature', () => {
  it.each([
    {
      service: 'dynamodb',
      request: putItem,
      token: undefined,
      ends: '164bfe87c3752de871bbbd728741fc90c58c6a53ffbb21e021929807c7d24d44',
    },
    {
      service: 'dynamodb',
      request: putItem,
      token: '',
      ends: '164bfe87c3752de871bbbd728741fc90c58c6a53ffbb21e021929807c7d24d44',
    },
    {
      service: 'dynamodb',
      request: putItem,
      token: 'a-session-token',
      ends: '654af4e15e144ad614241a16958170460f92fb2c7ed00aa7103aeae6800a8930',
    },
    {
      service: 'lambda',
      request: invoke,
      token: undefined,
      ends: '673e0783d1f6a3b953278dffd4f04fe0fd91614c35d7e8e00dbcf7c762a9e561',
    },
    {
      service: 's3',
      request: getObject,
      token: 'a-session-token',
      ends: '017a5cd8989baaeb3f405a461726ccce4b0e999a30d11e57c555588c0f677285',
    },
  ])('for $service with session token $token is the one of AWS’s own library', ({ service, request, token, ends }) => {
    const { authorization } = signatureOf(service, request, token);
    expect(authorization?.split('Signature=')[1]).toBe(ends);
  });

  it('names the day, region, service and headers it stands for', () => {
    expect(signatureOf('lambda', invoke).authorization).toContain(
      'Credential=AKIDEXAMPLE/20261123/eu-central-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-date,',
    );
  });

  it('is the same from a signer that has signed other requests, on other days, as from a new one', () => {
    const host = 'dynamodb.eu-central-1.amazonaws.com';
    const used = createSigner(env, 'dynamodb', host);
    const moments = [atMs, atMs + 999, atMs + 1_000, atMs + 86_400_000, atMs - 86_400_000, atMs];
    for (const nowMs of moments) {
      for (const request of [putItem, getObject]) {
        expect(used(request, nowMs)).toEqual(createSigner(env, 'dynamodb', host)(request, nowMs));
      }
    }
  });
});
