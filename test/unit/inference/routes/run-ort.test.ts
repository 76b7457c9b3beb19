// Products in onnxruntime's own format, written and read by the real runtime: used where they can be, never needed, and
// replaced by a copy with ordered weights when batches come.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mlp } from '../../../../benchmarks/models.ts';
import { onnxruntime } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import type { LoadedModel } from '../../../../lambdas/inference/domain/loaded-model.ts';
import { decodeRunAnswer } from '../../../../lambdas/inference/domain/run-message.ts';
import { createSessionCache } from '../../../../lambdas/inference/domain/session-cache.ts';
import type { OrtFile, Runtime, StoredFile } from '../../../../lambdas/inference/ports.ts';
import { runModel } from '../../../../lambdas/inference/routes/run-model.ts';

const WIDTH = 16;
const models = [mlp('one', [WIDTH, 64, 64, 3], 1), mlp('two', [WIDTH, 64, 64, 3], 2)];

let folder: string;
const products = new Map<string, Uint8Array>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-ort-'));
  for (const { name, onnx } of models) {
    const path = join(folder, `${name}.ort`);
    const session = await InferenceSession.create(onnx, {
      optimizedModelFilePath: path,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      extra: { session: { save_model_format: 'ORT' } },
    });
    await session.release();
    products.set(name, readFileSync(path));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const storedFile = (bytes: Uint8Array): StoredFile => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { key: `sha256/${sha256}`, sha256, sizeBytes: bytes.length };
};

interface WorldOptions {
  readonly memoryBytes?: number;
  readonly fileBytes?: number;
  /** How the clock goes on with every look at it. */
  readonly tickMs?: number;
  readonly runtime?: Partial<Runtime>;
}

const createWorld = ({ memoryBytes = 1e9, fileBytes = 1e9, tickMs = 0, runtime = {} }: WorldOptions = {}) => {
  const stored = new Map<string, Uint8Array>();
  const events: string[] = [];
  const faults: string[] = [];
  let nowMs = 0;
  const bytesOf = ({ key }: StoredFile) => stored.get(key) ?? Promise.reject(new Error(`no ${key}`));
  const real = onnxruntime({ threadCount: 1 });
  const sessions = createSessionCache<LoadedModel>({
    budgetBytes: memoryBytes,
    fileBudgetBytes: fileBytes,
    release: async (model) => {
      events.push('release');
      await model.release();
    },
  });
  const run = runModel({
    artifacts: {
      read: async (file) => {
        events.push('artifact');
        return bytesOf(file);
      },
      readToScratch: async (file) => {
        events.push('ort');
        const path = join(folder, 'scratch');
        writeFileSync(path, await bytesOf(file));
        return { path, close: () => events.push('close') };
      },
    },
    runtime: {
      name: real.name,
      load: (model) => real.load(model),
      loadMapped: async (file, options) => {
        events.push(options.prepack ? 'ordered' : 'mapped');
        return real.loadMapped(file, options);
      },
      ...runtime,
    },
    sessions,
    fileBudgetBytes: fileBytes,
    nowMs: () => {
      nowMs += tickMs;
      return nowMs;
    },
    onFault: (fault) => faults.push(fault instanceof Error ? fault.message : String(fault)),
  });

  const put = (bytes: Uint8Array, keep = true): StoredFile => {
    const file = storedFile(bytes);
    if (keep) stored.set(file.key, bytes);
    return file;
  };
  const [one] = models;
  const artifact = put(one?.onnx ?? new Uint8Array());
  const ort: OrtFile = { ...put(products.get('one') ?? new Uint8Array()), madeBy: real.name };
  const values = Float32Array.from({ length: 32 * WIDTH }, (_, index) => Math.sin(index));
  const call = async (rowCount: number, product: OrtFile | undefined = ort, of: StoredFile = artifact) => {
    const data = new Uint8Array(values.buffer, 0, rowCount * WIDTH * 4);
    const inputs = [{ name: 'x', datatype: 'FP32' as const, shape: [rowCount, WIDTH], data }];
    const answer = await run({ artifact: of, ort: product, inputs, outputs: ['y'], traceparent: undefined });
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    const outcome = decodeRunAnswer(answer);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    return [...new Float32Array(Uint8Array.from(outcome.outputs[0]?.data ?? []).buffer)];
  };
  return { artifact, ort, events, faults, sessions, put, call };
};

const expectClose = (got: readonly number[], wanted: readonly number[]) => {
  expect(got).toHaveLength(wanted.length);
  for (const [index, value] of got.entries()) expect(value).toBeCloseTo(wanted[index] ?? Number.NaN, 5);
};

describe('a product in the runtime’s own format', () => {
  it('is what the model is loaded from, and answers as the artifact does', async () => {
    const world = createWorld();
    const mapped = await world.call(1);
    await world.call(1);
    expect(world.events).toEqual(['ort', 'mapped']);
    expect(world.sessions.heldFileBytes()).toBe(world.ort.sizeBytes);
    expectClose(mapped, await createWorld().call(1, undefined));
  });

  it('is left alone where another version made it', async () => {
    const world = createWorld();
    await world.call(1, { ...world.ort, madeBy: 'onnxruntime-node 1.0.0' });
    expect(world.events).toEqual(['artifact']);
    expect(world.faults).toEqual([]);
  });

  it('is left alone where it is larger than all the room for files', async () => {
    const world = createWorld({ fileBytes: 1_000 });
    await world.call(1);
    expect(world.events).toEqual(['artifact']);
  });

  it.each([
    { why: 'it is missing', bytes: () => Buffer.from('nowhere'), keep: false, says: 'no sha256/' },
    {
      why: 'it is cut off',
      bytes: () => (products.get('one') ?? Buffer.alloc(0)).subarray(0, 5_000),
      keep: true,
      says: '',
    },
    { why: 'it is none', bytes: () => Buffer.alloc(5_000, 7), keep: true, says: '' },
  ])('is gone on without where $why, and told of once', async ({ bytes, keep, says }) => {
    const world = createWorld();
    const broken = { ...world.put(bytes(), keep), madeBy: world.ort.madeBy };
    expectClose(await world.call(1, broken), await createWorld().call(1, undefined));
    await world.call(1, broken);
    expect(world.events.filter((event) => event === 'artifact' || event === 'ort')).toEqual(['ort', 'artifact']);
    expect(world.faults).toHaveLength(1);
    expect(world.faults[0]).toContain(`product ${broken.key} cannot be used: ${says}`);
    expect(world.sessions.heldFileBytes()).toBe(0);
  });

  it('gives its file back with its session', async () => {
    const world = createWorld({ fileBytes: 50_000 });
    await world.call(1);
    const other = world.put(models[1]?.onnx ?? new Uint8Array());
    await world.call(1, { ...world.put(products.get('two') ?? new Uint8Array()), madeBy: world.ort.madeBy }, other);
    expect(world.events).toEqual(['ort', 'mapped', 'release', 'close', 'ort', 'mapped']);
  });
});

describe('a copy with ordered weights', () => {
  it('takes over when batches have taken as long as it takes to make', async () => {
    const world = createWorld({ tickMs: 1 });
    const before = await world.call(32);
    const after = await world.call(32);
    await world.call(32);
    expect(world.events).toEqual(['ort', 'mapped', 'ordered']);
    expectClose(after, before);
    expectClose(await world.call(1), before.slice(0, 3));
    expect(world.sessions.heldBytes()).toBe(world.ort.sizeBytes * 2 + 4_194_304);
  });

  it('is not made for single rows, however many', async () => {
    const world = createWorld({ tickMs: 1 });
    for (let call = 0; call < 20; call++) await world.call(1);
    expect(world.events).toEqual(['ort', 'mapped']);
  });

  it('is not made while batches take next to no time', async () => {
    const world = createWorld({ tickMs: 0.001 });
    for (let call = 0; call < 10; call++) await world.call(32);
    expect(world.events).toEqual(['ort', 'mapped']);
  });

  it('is not made where there is no room for it', async () => {
    const world = createWorld({ tickMs: 1, memoryBytes: 4_194_304 + 40_000 });
    for (let call = 0; call < 4; call++) await world.call(32);
    expect(world.events).toEqual(['ort', 'mapped']);
    expect(world.sessions.heldBytes()).toBe(world.ort.sizeBytes + 4_194_304);
  });

  it('that fails is told of once, and the model goes on without', async () => {
    const real = onnxruntime({ threadCount: 1 });
    const world = createWorld({
      tickMs: 1,
      runtime: {
        loadMapped: (file, options) =>
          options.prepack ? Promise.reject(new Error('no memory')) : real.loadMapped(file, options),
      },
    });
    for (let call = 0; call < 4; call++) await world.call(32);
    expect(world.faults).toEqual(['no memory']);
  });
});
