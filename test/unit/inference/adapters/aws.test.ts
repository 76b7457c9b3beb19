// The adapters to Lambda and S3 against a server that answers as those do.
import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaRunner } from '../../../../lambdas/inference/adapters/lambda-runner.ts';
import { s3Artifacts } from '../../../../lambdas/inference/adapters/s3-artifacts.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';

let server: Server;
let respond: (answer: ServerResponse) => void = (answer) => answer.end();
let paths: string[] = [];
let received = '';

beforeAll(async () => {
  server = createServer((request, answer) => {
    paths.push(request.url ?? '');
    received = '';
    request.on('data', (chunk) => {
      received += chunk;
    });
    request.on('end', () => respond(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const connection = () => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

const answering = (payload: unknown, headers: Record<string, string> = {}, status = 200) => {
  paths = [];
  respond = (answer) => {
    answer.writeHead(status, { 'content-type': 'application/json', ...headers });
    answer.end(JSON.stringify(payload));
  };
};

const runner = () =>
  lambdaRunner(new LambdaClient(connection()), { 'run-2gib': 'aimass-test-small', 'run-10gib': 'aimass-test-large' });

const job = {
  lane: 'run-10gib' as const,
  artifact: { key: 'sha256/x', sha256: 'a'.repeat(64), sizeBytes: 10 },
  inputs: [{ name: 'x', datatype: 'UINT8' as const, shape: [2], data: Uint8Array.of(1, 2) }],
  outputs: ['y'],
};
const never = new AbortController().signal;

describe('running by Lambda', () => {
  it('sends the tensors to the function of the lane and reads what it tells', async () => {
    answering({
      ok: true,
      outputs: [{ name: 'y', datatype: 'UINT8', shape: [1], base64: 'Aw==' }],
      loadMs: 1,
      runMs: 2,
    });
    const outcome = await runner().run(job, never);
    expect(outcome).toMatchObject({ ok: true, outputs: [{ name: 'y', shape: [1] }], loadMs: 1, runMs: 2 });
    if (outcome.ok) expect([...(outcome.outputs[0]?.data ?? [])]).toEqual([3]);
    expect(paths).toEqual(['/2015-03-31/functions/aimass-test-large/invocations']);
    expect(JSON.parse(received).inputs).toEqual([{ name: 'x', datatype: 'UINT8', shape: [2], base64: 'AQI=' }]);
  });

  it.each([
    { why: 'fewer bytes than its shape says', datatype: 'FP32', shape: [2], base64: 'AAAAAA==' },
    { why: 'more bytes than its shape says', datatype: 'UINT8', shape: [1], base64: 'AAE=' },
    { why: 'a string longer than its bytes', datatype: 'BYTES', shape: [1], base64: '/////w==' },
    { why: 'a truth that is neither', datatype: 'BOOL', shape: [1], base64: 'Ag==' },
    { why: 'a shape beyond all bounds', datatype: 'UINT8', shape: [2 ** 40, 2 ** 12], base64: '' },
  ])('takes for the model’s an output of $why', async ({ why: _, ...tensor }) => {
    answering({ ok: true, outputs: [{ name: 'y', ...tensor }], loadMs: 1, runMs: 2 });
    const outcome = await runner().run(job, never);
    expect(outcome).toMatchObject({ ok: false, fault: 'model_failed' });
    if (!outcome.ok && 'message' in outcome) expect(outcome.message).toContain("output 'y'");
  });

  const unhandled = { 'x-amz-function-error': 'Unhandled' };
  it.each([
    {
      why: 'a time-out',
      payload: {
        errorType: 'Sandbox.Timedout',
        errorMessage: 'RequestId: 1 Error: Task timed out after 25.00 seconds',
      },
      fault: 'model_timeout',
    },
    {
      why: 'a time-out of older runtimes',
      payload: { errorMessage: '2026-11-23 Task timed out after 25.00 seconds' },
      fault: 'model_timeout',
    },
    {
      why: 'a crash',
      payload: {
        errorType: 'Runtime.ExitError',
        errorMessage: 'RequestId: 1 Error: Runtime exited with error: signal: aborted',
      },
      fault: 'model_failed',
    },
    {
      why: 'a crash where every error has one name',
      payload: { errorType: 'Runtime.HandlerError', errorMessage: 'Worker process died' },
      fault: 'model_failed',
    },
    {
      why: 'the end of its memory',
      payload: { errorType: 'Runtime.OutOfMemory', errorMessage: 'signal: killed' },
      fault: 'model_failed',
    },
  ])('takes $why for the model’s', async ({ payload, fault }) => {
    answering(payload, unhandled);
    expect(await runner().run(job, never)).toMatchObject({ ok: false, fault });
  });

  it.each([
    {
      why: 'a function that cannot begin',
      payload: { errorType: 'Runtime.ImportModuleError', errorMessage: 'no layer' },
      headers: unhandled,
    },
    {
      why: 'a function that throws at its start',
      payload: { errorType: 'Error', errorMessage: 'environment variables are missing' },
      headers: unhandled,
    },
    {
      why: 'a fault the function tells of itself',
      payload: { ok: false, fault: 'ours', message: 'Error' },
      headers: {},
    },
    { why: 'an answer that is none', payload: { what: 'ever' }, headers: {} },
  ])('takes $why for ours', async ({ payload, headers }) => {
    answering(payload, headers);
    const failure = await runner()
      .run(job, never)
      .then(
        () => undefined,
        (fault: unknown) => fault,
      );
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(DomainError);
  });

  it('asks to come again when all environments are taken', async () => {
    answering({ Type: 'User', message: 'Rate Exceeded.' }, { 'x-amzn-errortype': 'TooManyRequestsException' }, 429);
    await expect(runner().run(job, never)).rejects.toMatchObject({
      code: 'unavailable',
      extras: { headers: { 'retry-after': '2' } },
    });
  });

  it('sends nothing that an invocation cannot carry', async () => {
    answering({});
    const large = {
      ...job,
      inputs: [{ name: 'x', datatype: 'UINT8' as const, shape: [5e6], data: new Uint8Array(5e6) }],
    };
    expect(await runner().run(large, never)).toEqual({ ok: false, fault: 'input_too_large', bytes: 6_666_668 });
    expect(paths).toEqual([]);
  });

  it('gives a run up with the reason it was told', async () => {
    respond = () => {};
    const abort = new AbortController();
    const running = runner().run(job, abort.signal);
    setTimeout(() => abort.abort(new DomainError('invalid', 'model_timeout', 'too late')), 50);
    await expect(running).rejects.toMatchObject({ code: 'model_timeout' });
  });
});

describe('reading an artifact', () => {
  const bytes = Buffer.from('the bytes of a model');
  const artifact = {
    key: 'sha256/model',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
  };
  const store = () => s3Artifacts(new S3Client({ ...connection(), forcePathStyle: true }), 'artifacts');
  const serving = (content: Uint8Array) => {
    respond = (answer) => {
      answer.writeHead(200, { 'content-length': content.length });
      answer.end(content);
    };
  };

  it('gives the bytes whose hash is right', async () => {
    serving(bytes);
    expect(Buffer.from(await store().read(artifact))).toEqual(bytes);
  });

  it.each([
    { why: 'one byte changed', content: Buffer.from('the bytes of a modeL') },
    { why: 'one byte fewer', content: bytes.subarray(1) },
    { why: 'one byte more', content: Buffer.concat([bytes, Buffer.of(0)]) },
  ])('refuses others: $why', async ({ content }) => {
    serving(content);
    await expect(store().read(artifact)).rejects.toThrow('artifact sha256/model must have');
  });
});
