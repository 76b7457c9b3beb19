// The smoke run against the real runtime: honest models are measured, hostile ones become reports.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadModel } from '../../../../lambdas/inference/adapters/model-download.ts';
import { startSmokeProcess } from '../../../../lambdas/inference/adapters/smoke-process.ts';
import { childReport } from '../../../../lambdas/inference/domain/smoke-message.ts';
import { smoke } from '../../../../lambdas/inference/routes/smoke.ts';
import {
  endlessLoop,
  hugeOutput,
  identityOf,
  signatureOf,
  type TinyGraph,
  tinyModel,
} from '../../../support/tiny-onnx.ts';

const childFile = fileURLToPath(new URL('../../../../lambdas/inference/handlers/smoke-child.ts', import.meta.url));
const run = smoke({ start: (limits) => startSmokeProcess(childFile, limits, childReport), download: downloadModel });

let server: Server;
let served: Uint8Array = new Uint8Array(0);

beforeAll(async () => {
  server = createServer((request, answer) => {
    answer.statusCode = request.url === '/gone' ? 403 : 200;
    answer.end(served);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const limits = { memoryBytes: 400 * 1_048_576, timeoutMs: 8_000 };

const requestFor = (graph: TinyGraph, bytes: Uint8Array, path = '/model') => {
  served = bytes;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    sha256: sha256Of(bytes),
    sizeBytes: bytes.length,
    signature: signatureOf(graph),
    limits,
  };
};

const tryGraph = (graph: TinyGraph, bytes = tinyModel(graph)) => run(requestFor(graph, bytes));

describe('the smoke run', () => {
  it('measures a model that loads and runs', async () => {
    const report = await tryGraph(identityOf('FP32', ['rows', 4]));
    expect(report).toMatchObject({ ok: true, outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }] });
    if (!report.ok) return;
    expect(report.envelope.peakBytes).toBeGreaterThan(20 * 1_048_576);
    expect(report.envelope.peakBytes).toBeLessThan(limits.memoryBytes);
    expect(report.envelope.loadMs).toBeGreaterThan(0);
  });

  it('runs models that take text', async () => {
    expect(await tryGraph(identityOf('BYTES'))).toMatchObject({ ok: true });
  });

  it('ends a model that never ends', async () => {
    const graph = endlessLoop;
    const report = await run({ ...requestFor(graph, tinyModel(graph)), limits: { ...limits, timeoutMs: 1_500 } });
    expect(report).toEqual({ ok: false, rule: 'timed_out', message: 'loading and one run must end within 1500 ms' });
  });

  it.each([300_000_000, 1_000_000_000])('ends a model that takes more memory than it may: %i floats', async (count) => {
    const report = await tryGraph(hugeOutput(count));
    expect(report).toMatchObject({ ok: false, rule: 'out_of_memory' });
  });

  it('reports bytes that are no model', async () => {
    const report = await tryGraph(identityOf('FP32'), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(report).toMatchObject({ ok: false, rule: 'load_failed', message: expect.stringContaining('protobuf') });
  });

  it('reports a datatype that the runtime does not hold', async () => {
    expect(await tryGraph(identityOf('BF16'))).toMatchObject({ ok: false, rule: 'load_failed' });
  });

  it('reports a graph that fails on zeros and on ones', async () => {
    const graph: TinyGraph = {
      inputs: [{ name: 'x', datatype: 'FP32', dims: ['n'] }],
      outputs: [{ name: 'y', datatype: 'FP32', dims: ['m'] }],
      initializers: [{ name: 'to', datatype: 'INT64', dims: [1], raw: new Uint8Array(BigInt64Array.of(7n).buffer) }],
      nodes: [{ op: 'Reshape', inputs: ['x', 'to'], outputs: ['y'] }],
    };
    expect(await tryGraph(graph)).toMatchObject({ ok: false, rule: 'run_failed' });
  });

  it.each([
    { why: 'a sound of some length', from: ['batch', 'samples'], to: [1, 256] },
    { why: 'an image of some size', from: ['batch', 3, 'height', 'width'], to: [1, 3, 224, 224] },
  ])('tries larger inputs where one of one element fails: $why', async ({ from, to }) => {
    const sizes = new Uint8Array(BigInt64Array.from(to, BigInt).buffer);
    const graph: TinyGraph = {
      inputs: [{ name: 'x', datatype: 'FP32', dims: from }],
      outputs: [{ name: 'y', datatype: 'FP32', dims: to }],
      initializers: [{ name: 'to', datatype: 'INT64', dims: [to.length], raw: sizes }],
      nodes: [{ op: 'Reshape', inputs: ['x', 'to'], outputs: ['y'] }],
    };
    expect(await tryGraph(graph)).toMatchObject({ ok: true });
  });

  it('tells where the file’s signature is not the runtime’s', async () => {
    const graph = identityOf('FP32');
    const report = await run({ ...requestFor(graph, tinyModel(graph)), signature: signatureOf(identityOf('FP64')) });
    expect(report).toEqual({
      ok: false,
      rule: 'signature_differs',
      message: "input 'x' is FP64 in the file, FP32 to the runtime",
    });
  });

  it.each([
    { why: 'other bytes', change: { sha256: sha256Of(Buffer.from('other')) } },
    { why: 'more bytes', change: { sizeBytes: 10 } },
    { why: 'fewer bytes', change: { sizeBytes: 10_000 } },
  ])('does not try a file that is not the one announced: $why', async ({ change }) => {
    const graph = identityOf('FP32');
    const report = await run({ ...requestFor(graph, tinyModel(graph)), ...change });
    expect(report).toMatchObject({ ok: false, rule: 'hash_mismatch' });
  });

  it('fails, and blames no model, when its URL does not answer', async () => {
    const graph = identityOf('FP32');
    await expect(run(requestFor(graph, tinyModel(graph), '/gone'))).rejects.toThrow('must answer 200, got 403');
  });

  it('reports a child that dies of itself', async () => {
    const dies = smoke({
      start: (some) =>
        startSmokeProcess(fileURLToPath(new URL('./no-such-file.ts', import.meta.url)), some, childReport),
      download: downloadModel,
    });
    const graph = identityOf('FP32');
    expect(await dies(requestFor(graph, tinyModel(graph)))).toMatchObject({ ok: false, rule: 'crashed' });
  });

  it('gives the child an empty directory and no credentials', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'secret-of-the-function';
    try {
      const spying = smoke({
        start: (some) =>
          startSmokeProcess(
            fileURLToPath(new URL('../../../support/smoke-spy.mjs', import.meta.url)),
            some,
            childReport,
          ),
        download: downloadModel,
      });
      const graph = identityOf('FP32');
      const report = await spying(requestFor(graph, tinyModel(graph)));
      expect(report).toMatchObject({ ok: false, rule: 'run_failed' });
      if (report.ok) return;
      const seen = JSON.parse(report.message);
      expect(seen.files).toEqual([]);
      expect(
        seen.variables.filter(
          (name: string) => !['NODE_PATH', 'LD_LIBRARY_PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name),
        ),
      ).toEqual([]);
    } finally {
      delete process.env.AWS_SECRET_ACCESS_KEY;
    }
  });
});
