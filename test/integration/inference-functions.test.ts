// run and smoke as they are deployed: bundled, the native package only on NODE_PATH as a layer has it, S3 an emulator.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { buildSync } from 'esbuild';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxruntimeVersion } from '../../lambdas/inference/adapters/onnxruntime-binding.ts';
import { s3Artifacts } from '../../lambdas/inference/adapters/s3-artifacts.ts';
import { typescriptRunner } from '../../lambdas/inference/adapters/typescript-runner.ts';
import { createExecutorCache } from '../../lambdas/inference/domain/executor-cache.ts';
import { decodeRunAnswer, encodeRunRequest } from '../../lambdas/inference/domain/run-message.ts';
import type { ModelRunner } from '../../lambdas/inference/ports.ts';
import { compileModel } from '../../lambdas/shared/executor/compile/compile-model.ts';
import { FLAT_MAKER } from '../../lambdas/shared/executor/flat-form.ts';
import { cutZipMaps } from '../../lambdas/shared/onnx/cut-zipmap.ts';
import { signedObjects } from '../../lambdas/shared/platform/signed/objects.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';
import { endlessLoop, signatureOf, tinyModel } from '../support/tiny-onnx.ts';

const root = new URL('../../', import.meta.url).pathname;
const iris = readFileSync(join(root, 'local/demo/models/iris.onnx'));
const irisSignature = {
  inputs: [{ name: 'X', datatype: 'FP32' as const, shape: [-1, 4], dims: [null, 4] }],
  outputs: [
    { name: 'label', datatype: 'INT64' as const, shape: [-1], dims: [null] },
    { name: 'probabilities', datatype: 'FP32' as const, shape: [-1, 3], dims: [null, 3] },
  ],
};
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let emulator: Emulator;
let folder: string;
let s3: S3Client;

const bundle = () => {
  const handler = (name: string) => join(root, 'lambdas/inference/handlers', `${name}.ts`);
  buildSync({
    entryPoints: { run: handler('run'), smoke: handler('smoke'), 'smoke-child': handler('smoke-child') },
    outdir: join(folder, 'functions'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  mkdirSync(join(folder, 'layer'));
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'layer', name));
  }
};

/** Invokes a bundle in a process of its own. */
const invoke = async (name: 'run' | 'smoke', event: unknown): Promise<unknown> => {
  const script = `require(process.argv[1]).handler(JSON.parse(process.argv[2])).then((answer) => console.error('answer:' + JSON.stringify(answer)))`;
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['-e', script, join(folder, 'functions', `${name}.js`), JSON.stringify(event)],
    {
      cwd: folder,
      env: {
        ...emulator.env,
        AWS_ENDPOINT_URL: emulator.endpoint,
        ARTIFACTS_BUCKET: 'artifacts',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048',
        NODE_PATH: join(folder, 'layer'),
      },
    },
  );
  return JSON.parse(stderr.slice(stderr.indexOf('answer:') + 'answer:'.length));
};

const put = async (bytes: Uint8Array) => {
  const sha256 = sha256Of(bytes);
  const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: bytes.length };
  await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: artifact.key, Body: bytes }));
  return artifact;
};

beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'aimass-inference-'));
  bundle();
  s3 = new S3Client({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }));
});

afterAll(async () => {
  await emulator?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe('the run function', () => {
  const rows = new Uint8Array(Float32Array.of(5.1, 3.5, 1.4, 0.2, 7.7, 3.0, 6.1, 2.3).buffer);
  const inputs = [{ name: 'X', datatype: 'FP32' as const, shape: [2, 4], data: rows }];

  it('streams a model from S3 and runs it', async () => {
    const request = encodeRunRequest({
      lane: 'run-2gib',
      artifact: await put(iris),
      inputs,
      outputs: ['label', 'probabilities'],
    });
    const outcome = decodeRunAnswer(await invoke('run', request));
    expect(outcome).toMatchObject({ ok: true, outputs: [{ name: 'label', shape: [2] }, { shape: [2, 3] }] });
    if (!outcome.ok) return;
    const labels = Uint8Array.from(outcome.outputs[0]?.data ?? []);
    expect([...new BigInt64Array(labels.buffer)]).toEqual([0n, 2n]);
  });

  it('reads a product where it lies, and answers as the artifact does', async () => {
    const path = join(folder, 'iris.ort');
    const session = await InferenceSession.create(iris, {
      optimizedModelFilePath: path,
      logSeverityLevel: 4,
      extra: { session: { save_model_format: 'ORT' } },
    });
    await session.release();
    const ort = {
      kind: 'ort' as const,
      ...(await put(readFileSync(path))),
      madeBy: `onnxruntime-node ${onnxruntimeVersion()}`,
    };
    const job = { lane: 'run-2gib' as const, artifact: await put(iris), inputs, outputs: ['label', 'probabilities'] };
    // The artifact itself is not there to be read: it must be the product that answers.
    const artifact = { ...job.artifact, key: 'sha256/nowhere' };
    const mapped = decodeRunAnswer(await invoke('run', encodeRunRequest({ ...job, artifact, products: [ort] })));
    const plain = decodeRunAnswer(await invoke('run', encodeRunRequest(job)));
    expect(mapped).toMatchObject({ ok: true });
    if (mapped.ok && plain.ok) expect(mapped.outputs).toEqual(plain.outputs);
  });

  it('goes on with the artifact where the product is not what its hash says', async () => {
    const ort = {
      kind: 'ort' as const,
      ...(await put(iris)),
      sha256: '1'.repeat(64),
      madeBy: `onnxruntime-node ${onnxruntimeVersion()}`,
    };
    const job = { lane: 'run-2gib' as const, artifact: await put(iris), products: [ort], inputs, outputs: ['label'] };
    expect(await invoke('run', encodeRunRequest(job))).toMatchObject({ ok: true });
  });

  it('tells of a request that is none', async () => {
    expect(await invoke('run', { artifact: {} })).toEqual({ ok: false, fault: 'ours', message: 'Error' });
  });

  it('tells of a missing artifact without ending', async () => {
    const artifact = { key: `sha256/${'0'.repeat(64)}`, sha256: '0'.repeat(64), sizeBytes: 10 };
    const request = encodeRunRequest({ lane: 'run-2gib', artifact, inputs, outputs: ['label'] });
    expect(await invoke('run', request)).toMatchObject({ ok: false, fault: 'ours' });
  });

  it('does not run an artifact that is not what its hash says', async () => {
    const artifact = { ...(await put(iris)), sha256: '1'.repeat(64) };
    const request = encodeRunRequest({ lane: 'run-2gib', artifact, inputs, outputs: ['label'] });
    expect(await invoke('run', request)).toMatchObject({ ok: false, fault: 'ours' });
  });
});

describe('the TypeScript lane', () => {
  it('runs a compiled model that lies in S3, and nothing else that lies there', async () => {
    const others: ModelRunner = { run: () => Promise.reject(new Error('it must not be sent on')) };
    const runner = typescriptRunner({
      artifacts: s3Artifacts(signedObjects({ env: emulator.env }), 'artifacts'),
      executors: createExecutorCache(1e7),
      others,
      stopwatch: () => performance.now(),
      onFault: (what, fault) => {
        throw new Error(what, { cause: fault });
      },
    });
    const compiled = compileModel(cutZipMaps(iris));
    if (!compiled.supported) throw new Error(compiled.reason);
    const product = { ...(await put(compiled.bytes)), kind: 'flat' as const, madeBy: FLAT_MAKER };
    const data = new Uint8Array(Float32Array.of(5.1, 3.5, 1.4, 0.2, 7.7, 3.0, 6.1, 2.3).buffer);
    const job = {
      lane: 'run-2gib' as const,
      artifact: await put(iris),
      products: [product],
      rowCount: 2,
      inputs: [{ name: 'X', datatype: 'FP32' as const, shape: [2, 4], data }],
      outputs: ['label'],
    };
    const signal = new AbortController().signal;
    const outcome = await runner.run(job, signal);
    expect(outcome).toMatchObject({ ok: true, lane: 'typescript', outputs: [{ name: 'label', shape: [2] }] });
    if (outcome.ok) {
      const labels = Uint8Array.from(outcome.outputs[0]?.data ?? []);
      expect([...new BigInt64Array(labels.buffer)]).toEqual([0n, 2n]);
    }
    const forged = { ...product, key: job.artifact.key, sha256: 'f'.repeat(64) };
    await expect(runner.run({ ...job, products: [forged] }, signal)).rejects.toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining('must have') }) }),
    );
  });
});

describe('the smoke function', () => {
  const limits = { memoryBytes: 500_000_000, timeoutMs: 5_000 };
  const requestFor = async (bytes: Uint8Array) => {
    const { key, sha256, sizeBytes } = await put(bytes);
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'artifacts', Key: key }));
    return { url, sha256, sizeBytes, limits };
  };

  it('fetches a model by its presigned URL and measures it', async () => {
    const report = await invoke('smoke', { ...(await requestFor(iris)), signature: irisSignature });
    expect(report).toMatchObject({
      ok: true,
      outputs: [
        { name: 'label', datatype: 'INT64' },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      ],
    });
  });

  it('outlives a model that never ends', async () => {
    const request = { ...(await requestFor(tinyModel(endlessLoop))), signature: signatureOf(endlessLoop) };
    const report = await invoke('smoke', { ...request, limits: { ...limits, timeoutMs: 1_500 } });
    expect(report).toMatchObject({ ok: false, rule: 'timed_out' });
  });
});
