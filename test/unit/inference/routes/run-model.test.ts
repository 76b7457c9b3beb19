// The run function's work on the real runtime: every datatype through it and back, the demo's models, refusals.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { onnxruntime, threadsFor } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import { parseInferRequest } from '../../../../lambdas/inference/domain/infer-request.ts';
import {
  decodeRunAnswer,
  decodeRunRequest,
  encodeRunRequest,
} from '../../../../lambdas/inference/domain/run-message.ts';
import { createSessionCache } from '../../../../lambdas/inference/domain/session-cache.ts';
import { type Tensor, writeStrings } from '../../../../lambdas/inference/domain/tensor.ts';
import type { Session } from '../../../../lambdas/inference/ports.ts';
import { runModel } from '../../../../lambdas/inference/routes/run-model.ts';
import type { Datatype, Signature } from '../../../../lambdas/shared/onnx/signature.ts';
import { identityOf, type TinyGraph, tinyModel } from '../../../support/tiny-onnx.ts';

const createWorld = () => {
  const files = new Map<string, Uint8Array>();
  const reads: string[] = [];
  const run = runModel({
    artifacts: {
      read: async ({ key }) => {
        reads.push(key);
        return files.get(key) ?? Promise.reject(new Error(`no ${key}`));
      },
      readToScratch: ({ key }) => Promise.reject(new Error(`${key} belongs into memory`)),
    },
    runtime: onnxruntime({ threadCount: 1 }),
    sessions: createSessionCache<Session>({ budgetBytes: 1e9, release: (session) => session.release() }),
    nowMs: () => performance.now(),
    onFault: (fault) => {
      throw fault;
    },
  });
  return {
    reads,
    run: async (model: Uint8Array, inputs: readonly Tensor[], outputs: readonly string[]) => {
      const sha256 = createHash('sha256').update(model).digest('hex');
      const key = `sha256/${sha256}`;
      files.set(key, model);
      const artifact = { key, sha256, sizeBytes: model.length };
      const request = encodeRunRequest({ lane: 'run-2gib', artifact, inputs, outputs });
      // As Lambda carries it.
      return decodeRunAnswer(await run(decodeRunRequest(JSON.parse(JSON.stringify(request)))));
    },
  };
};

const samples: Partial<Record<Datatype, Uint8Array>> = {
  BOOL: Uint8Array.of(0, 1, 1),
  UINT8: Uint8Array.of(0, 128, 255),
  UINT16: new Uint8Array(Uint16Array.of(0, 1, 65_535).buffer),
  UINT32: new Uint8Array(Uint32Array.of(0, 1, 4_294_967_295).buffer),
  UINT64: new Uint8Array(BigUint64Array.of(0n, 2n ** 53n + 1n, 2n ** 64n - 1n).buffer),
  INT8: new Uint8Array(Int8Array.of(-128, 0, 127).buffer),
  INT16: new Uint8Array(Int16Array.of(-32_768, 0, 32_767).buffer),
  INT32: new Uint8Array(Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1).buffer),
  INT64: new Uint8Array(BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 53n + 1n).buffer),
  FP16: new Uint8Array(Uint16Array.of(0x3c00, 0x8000, 0x7e01).buffer),
  FP32: new Uint8Array(Float32Array.of(-0, Number.NaN, 3.4e38).buffer),
  FP64: new Uint8Array(Float64Array.of(-0, Number.NaN, 5e-324).buffer),
  BYTES: writeStrings(['', 'grüezi', '𝒳 "quoted" \\']),
};

describe('running a model', () => {
  it.each(Object.entries(samples))('carries %s tensors unchanged', async (name, data) => {
    const datatype = name as Datatype;
    const outcome = await createWorld().run(
      tinyModel(identityOf(datatype)),
      [{ name: 'x', datatype, shape: [3], data }],
      ['y'],
    );
    expect(outcome).toMatchObject({ ok: true, outputs: [{ name: 'y', datatype, shape: [3] }] });
    if (outcome.ok) expect(Buffer.from(outcome.outputs[0]?.data ?? [])).toEqual(Buffer.from(data));
  });

  it.each(['FP32', 'INT64', 'BYTES'] as const)('carries %s tensors without elements', async (datatype) => {
    const empty = { name: 'x', datatype, shape: [0], data: new Uint8Array(0) };
    const outcome = await createWorld().run(tinyModel(identityOf(datatype)), [empty], ['y']);
    expect(outcome).toMatchObject({ ok: true, outputs: [{ shape: [0] }] });
  });

  const twoOutputs: TinyGraph = {
    inputs: [{ name: 'x', datatype: 'FP32', dims: ['n'] }],
    outputs: [
      { name: 'same', datatype: 'FP32', dims: ['n'] },
      { name: 'less', datatype: 'FP32', dims: ['n'] },
    ],
    nodes: [
      { op: 'Identity', inputs: ['x'], outputs: ['same'] },
      { op: 'Neg', inputs: ['x'], outputs: ['less'] },
    ],
  };
  const one = { name: 'x', datatype: 'FP32' as const, shape: [1], data: new Uint8Array(Float32Array.of(1).buffer) };

  it('gives only the outputs asked for, in that order', async () => {
    const world = createWorld();
    const names = async (outputs: readonly string[]) => {
      const outcome = await world.run(tinyModel(twoOutputs), [one], outputs);
      return outcome.ok && outcome.outputs.map(({ name }) => name);
    };
    expect(await names(['less'])).toEqual(['less']);
    expect(await names(['less', 'same'])).toEqual(['less', 'same']);
  });

  it('loads a model once', async () => {
    const world = createWorld();
    await world.run(tinyModel(twoOutputs), [one], ['same']);
    await world.run(tinyModel(twoOutputs), [one], ['same']);
    expect(world.reads).toHaveLength(1);
  });

  it('tells what the runtime refuses as the model’s failure, without paths', async () => {
    const graph: TinyGraph = {
      inputs: [{ name: 'x', datatype: 'FP32', dims: ['n'] }],
      outputs: [{ name: 'y', datatype: 'FP32', dims: ['m'] }],
      initializers: [{ name: 'to', datatype: 'INT64', dims: [1], raw: new Uint8Array(BigInt64Array.of(7n).buffer) }],
      nodes: [{ op: 'Reshape', inputs: ['x', 'to'], outputs: ['y'] }],
    };
    const outcome = await createWorld().run(tinyModel(graph), [one], ['y']);
    expect(outcome).toMatchObject({ ok: false, fault: 'model_failed', message: expect.stringContaining('Reshape') });
    if (!outcome.ok && 'message' in outcome) expect(outcome.message).not.toMatch(/\/\w+\/\w+/);
  });

  it('says how large outputs are that do not fit into an answer', async () => {
    const large = { name: 'x', datatype: 'UINT8' as const, shape: [5_000_000], data: new Uint8Array(5_000_000) };
    const outcome = await createWorld().run(tinyModel(identityOf('UINT8')), [large], ['y']);
    expect(outcome).toEqual({ ok: false, fault: 'output_too_large', bytes: 6_666_668 });
  });

  it('fails, and blames no model, when the artifact cannot be had', async () => {
    const away = () => Promise.reject(new Error('S3 is away'));
    const run = runModel({
      artifacts: { read: away, readToScratch: away },
      runtime: onnxruntime({ threadCount: 1 }),
      sessions: createSessionCache<Session>({ budgetBytes: 1e9, release: (session) => session.release() }),
      nowMs: () => 0,
      onFault: () => {},
    });
    const artifact = { key: 'k', sha256: 'a'.repeat(64), sizeBytes: 1 };
    const order = { artifact, ort: undefined, inputs: [], outputs: ['y'], traceparent: undefined };
    await expect(run(order)).rejects.toThrow('S3 is away');
  });
});

const demo = z
  .array(z.object({ file: z.string(), example: z.object({ inputs: z.array(z.unknown()) }) }))
  .parse(JSON.parse(readFileSync(new URL('../../../../local/demo/models.json', import.meta.url), 'utf8')));

describe('the demo’s models', () => {
  it.each(demo.map(({ file, example }) => ({ file, example })))(
    'answer their example: $file',
    async ({ file, example }) => {
      const model = readFileSync(new URL(`../../../../local/demo/models/${file}`, import.meta.url));
      const session = await onnxruntime({ threadCount: 1 }).load(model);
      const specOf = (tensor: Session['inputs'][number]) => ({ ...tensor, dims: tensor.shape.map(() => null) });
      const signature: Signature = { inputs: session.inputs.map(specOf), outputs: session.outputs.map(specOf) };
      await session.release();
      const call = parseInferRequest(Buffer.from(JSON.stringify(example)), undefined, signature);
      const outcome = await createWorld().run(
        model,
        call.inputs,
        call.outputs.map(({ name }) => name),
      );
      expect(outcome.ok).toBe(true);
      if (!outcome.ok) return;
      for (const output of outcome.outputs) expect(output.shape[0]).toBe(call.inputs[0]?.shape[0]);
    },
  );
});

describe('the threads of a run', () => {
  it.each([
    { memoryMiB: 128, coreCount: 2, threads: 1 },
    { memoryMiB: 2048, coreCount: 2, threads: 1 },
    { memoryMiB: 10_240, coreCount: 6, threads: 5 },
    { memoryMiB: 10_240, coreCount: 2, threads: 2 },
  ])('are $threads for $memoryMiB MiB and $coreCount cores', ({ memoryMiB, coreCount, threads }) => {
    expect(threadsFor(memoryMiB, coreCount)).toBe(threads);
  });
});
