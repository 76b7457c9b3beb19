// The adapter to Lambda against a server that answers as it does.
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaRunner } from '../../../../lambdas/inference/adapters/lambda-runner.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { signedFunctions } from '../../../../lambdas/shared/platform/signed/functions.ts';
import { inTrace } from '../../../../lambdas/shared/platform/trace.ts';
import { isTransientFault } from '../../../../lambdas/shared/platform/transient-fault.ts';

let server: Server;
let respond: (answer: ServerResponse) => void = (answer) => answer.end();
let paths: string[] = [];
let received = '';
let headers: IncomingHttpHeaders = {};

beforeAll(async () => {
  server = createServer((request, answer) => {
    paths.push(request.url ?? '');
    received = '';
    headers = request.headers;
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

const env = () => ({
  AWS_ENDPOINT_URL: connection().endpoint,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

const runner = (traceHeader?: string) =>
  lambdaRunner(
    signedFunctions({
      env: env(),
      traceHeader: () => traceHeader,
    }),
    { 'run-2gib': 'aimass-test-small', 'run-10gib': 'aimass-test-large:live' },
  );

const job = {
  lane: 'run-10gib' as const,
  artifact: { key: 'sha256/x', sha256: 'a'.repeat(64), sizeBytes: 10 },
  inputs: [{ name: 'x', datatype: 'UINT8' as const, shape: [2], data: Uint8Array.of(1, 2) }],
  outputs: ['y'],
  products: [],
  rowCount: 2,
};
const never = new AbortController().signal;

describe('running by Lambda', () => {
  it('sends the tensors to the function of the lane and reads what it tells', async () => {
    answering({
      ok: true,
      outputs: ['UINT8 1 y', 'Aw=='],
      loadMs: 1,
      runMs: 2,
    });
    const outcome = await runner().run(job, never);
    expect(outcome).toMatchObject({ ok: true, outputs: [{ name: 'y', shape: [1] }], loadMs: 1, runMs: 2 });
    if (outcome.ok) expect([...(outcome.outputs[0]?.data ?? [])]).toEqual([3]);
    expect(paths).toEqual(['/2015-03-31/functions/aimass-test-large/invocations?Qualifier=live']);
    expect(JSON.parse(received).inputs).toEqual(['UINT8 2 x', 'AQI=']);
  });

  it.each([
    { why: 'fewer bytes than its shape says', datatype: 'FP32', shape: [2], base64: 'AAAAAA==' },
    { why: 'more bytes than its shape says', datatype: 'UINT8', shape: [1], base64: 'AAE=' },
    { why: 'a string longer than its bytes', datatype: 'BYTES', shape: [1], base64: '/////w==' },
    { why: 'a truth that is neither', datatype: 'BOOL', shape: [1], base64: 'Ag==' },
    { why: 'a shape beyond all bounds', datatype: 'UINT8', shape: [2 ** 40, 2 ** 12], base64: '' },
  ])('takes for the model’s an output of $why', async ({ datatype, shape, base64 }) => {
    answering({ ok: true, outputs: [`${datatype} ${shape} y`, base64], loadMs: 1, runMs: 2 });
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

  it('carries the trace on: X-Ray’s beside the message, the caller’s within it', async () => {
    const answer = { ok: true, outputs: [], loadMs: 1, runMs: 2 };
    answering(answer);
    const trace = { traceId: 'a'.repeat(32), parentId: undefined, spanId: 'b'.repeat(16), sampled: true };
    await inTrace(trace, () => runner('Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1').run(job, never));
    expect(headers['x-amzn-trace-id']).toBe('Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
    expect(headers.authorization).not.toContain('x-amzn-trace-id');
    expect(JSON.parse(received).traceparent).toBe(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    await runner().run(job, never);
    expect(headers['x-amzn-trace-id']).toBeUndefined();
  });

  it.each([
    { why: 'a connection that was lost', fail: (answer: ServerResponse) => answer.destroy() },
    { why: 'a fault of Lambda’s own', fail: (answer: ServerResponse) => answer.writeHead(500).end() },
    { why: 'a full house', fail: (answer: ServerResponse) => answer.writeHead(429).end() },
  ])('tries once more after $why', async ({ fail }) => {
    paths = [];
    respond = (answer) => {
      if (paths.length === 1) fail(answer);
      else answer.end(JSON.stringify({ ok: true, outputs: [], loadMs: 1, runMs: 2 }));
    };
    expect(await runner().run(job, never)).toMatchObject({ ok: true });
    expect(paths).toHaveLength(2);
  });

  it('tells of a fault of Lambda’s own that does not pass as one to come back after', async () => {
    answering({ Message: 'no address left' }, { 'x-amzn-errortype': 'SubnetIPAddressLimitReachedException:' }, 502);
    const fault = await runner()
      .run(job, never)
      .catch((thrown: unknown) => thrown);
    expect(isTransientFault(fault)).toBe(true);
    expect(paths).toHaveLength(3);
  });

  it('does not try again what is refused', async () => {
    answering({ Message: 'no' }, { 'x-amzn-errortype': 'AccessDeniedException' }, 403);
    await expect(runner().run(job, never)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(paths).toHaveLength(1);
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
