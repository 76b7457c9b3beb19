import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { signedTransport } from '../../../lambdas/billing/adapters/signed-transport.ts';
import { createSigner, sha256Hex } from '../../../lambdas/shared/platform/signed/signer.ts';

// The signatures were made by botocore 1.43.106: SigV4Auth(Credentials(key, secret, token), 'dynamodb', 'eu-central-1')
// .add_auth(AWSRequest('POST', 'https://dynamodb.eu-central-1.amazonaws.com/', data=body, headers={content-type, host,
// x-amz-target})) with the clock at 2026-11-23T20:46:00Z.
const env = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const host = 'dynamodb.eu-central-1.amazonaws.com';
const atMs = Date.parse('2026-11-23T20:46:00Z');
const sign = (token: string | undefined) =>
  createSigner(
    { ...env, AWS_SESSION_TOKEN: token },
    'dynamodb',
    host,
  )(
    {
      method: 'POST',
      canonicalPath: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      bodySha256: sha256Hex('{"TableName":"tä"}'),
    },
    atMs,
  );

describe('a signed request', () => {
  it.each([
    { token: undefined, signature: '164bfe87c3752de871bbbd728741fc90c58c6a53ffbb21e021929807c7d24d44' },
    { token: '', signature: '164bfe87c3752de871bbbd728741fc90c58c6a53ffbb21e021929807c7d24d44' },
    { token: 'a-session-token', signature: '654af4e15e144ad614241a16958170460f92fb2c7ed00aa7103aeae6800a8930' },
  ])('with session token $token has the signature that AWS’s own library makes', ({ token, signature }) => {
    expect(sign(token).authorization?.split('Signature=')[1]).toBe(signature);
  });
});

/** A store that answers each request with the next of these; a status of 0 drops the connection, −1 never answers. */
const store = async (answers: readonly { readonly status: number; readonly body?: unknown }[]) => {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, body = {} } = answers[count++] ?? { status: 200 };
      if (status === 0) request.socket.destroy();
      else if (status > 0) response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    transport: signedTransport({ env: { ...env, AWS_ENDPOINT_URL: endpoint }, timeoutMs: 100 }),
    stop: () => server.closeAllConnections() ?? server.close(),
  };
};
const prefix = 'com.amazonaws.dynamodb.v20120810#';

describe('a write that is sent', () => {
  it.each([
    { why: 'a dropped connection', answer: { status: 0 }, cause: 'the connection was lost', mayBeDone: true },
    { why: 'no answer', answer: { status: -1 }, cause: 'no answer in time', mayBeDone: true },
    { why: 'a fault of the service', answer: { status: 503 }, cause: 'status 503', mayBeDone: true },
    {
      why: 'a throttle',
      answer: { status: 400, body: { __type: `${prefix}ProvisionedThroughputExceededException` } },
      cause: 'ProvisionedThroughputExceededException',
      mayBeDone: false,
    },
    {
      why: 'the same transaction under way',
      answer: { status: 400, body: { __type: `${prefix}TransactionInProgressException`, Message: null } },
      cause: 'TransactionInProgressException',
      mayBeDone: true,
    },
  ])('may be tried again after $why', async ({ answer, cause, mayBeDone }) => {
    const { transport, stop } = await store([answer]);
    const reply = await transport.send('PutItem', {});
    stop();
    expect(reply).toEqual({ is: 'try_again', cause, mayBeDone });
  });

  it('is done once the store says so, over the same connection as before', async () => {
    const { transport, stop } = await store([{ status: 200 }, { status: 200 }]);
    expect(await transport.send('PutItem', {})).toEqual({ is: 'done' });
    expect(await transport.send('PutItem', {})).toEqual({ is: 'done' });
    stop();
  });

  it('tells each action’s reason when it is refused', async () => {
    const body = {
      __type: `${prefix}TransactionCanceledException`,
      CancellationReasons: [
        { Code: 'None', Message: null },
        { Code: 'ConditionalCheckFailed', Item: { avail: { N: '5' } } },
      ],
    };
    const { transport, stop } = await store([{ status: 400, body }]);
    expect(await transport.send('TransactWriteItems', {})).toEqual({
      is: 'refused',
      refusals: [
        { code: 'None', item: undefined },
        { code: 'ConditionalCheckFailed', item: { avail: { N: '5' } } },
      ],
    });
    stop();
  });

  it('throws what trying again cannot mend', async () => {
    const { transport, stop } = await store([
      { status: 400, body: { __type: `${prefix}ValidationException`, message: 'no such attribute' } },
    ]);
    await expect(transport.send('PutItem', {})).rejects.toThrow('ValidationException: no such attribute');
    stop();
  });
});
