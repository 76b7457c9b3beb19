// Dense products by WebAssembly: onnxruntime's own answers, to the bit, for every way that tiles, panels and blocks end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { normal } from '../../../../benchmarks/seeded.ts';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import { loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import { compareTensors } from '../../../../lambdas/shared/executor/prove/compare-tensors.ts';
import { root } from '../../../../local/root.ts';
import { denseModuleFile } from '../../../../tools/dense-module/dense-module-file.ts';
import { modelOf } from '../../../support/model-of.ts';
import { onnxruntimeRunner } from '../../../support/onnxruntime-runner.ts';

const draw = normal(20_261_124);
const floats = (length: number) => Float32Array.from({ length }, draw);

/** Products one after another, each but the last rectified. @param sizes - of the layers, input first */
const layers = (sizes: readonly number[], biased: boolean): Uint8Array => {
  const pairs = sizes.slice(1).map((columns, index) => ({ inner: sizes[index] as number, columns, index }));
  const isLast = (index: number) => index === pairs.length - 1;
  const from = (index: number) => (index === 0 ? 'x' : `r${index - 1}`);
  return modelOf({
    inputs: [{ name: 'x', dims: ['n', sizes[0] as number] }],
    outputs: [{ name: 'y', dims: ['n', sizes.at(-1) as number] }],
    constants: pairs.flatMap(({ inner, columns, index }) => [
      { name: `w${index}`, dims: [inner, columns], values: floats(inner * columns) },
      ...(biased ? [{ name: `b${index}`, dims: [columns], values: floats(columns) }] : []),
    ]),
    nodes: pairs.flatMap(({ index }) => [
      {
        op: 'Gemm',
        inputs: [from(index), `w${index}`, ...(biased ? [`b${index}`] : [])],
        outputs: [isLast(index) ? 'y' : `g${index}`],
      },
      ...(isLast(index) ? [] : [{ op: 'Relu', inputs: [`g${index}`], outputs: [`r${index}`] }]),
    ]),
  });
};

const compiled = (model: Uint8Array): Uint8Array => {
  const made = compileModel(model);
  if (!made.supported) throw new Error(made.reason);
  return made.bytes;
};

const batchOf = (rows: number, width: number) =>
  ({ x: { datatype: 'FP32', shape: [rows, width], data: floats(rows * width) } }) as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('dense products', () => {
  it('come from the module that the tool writes', () => {
    const file = join(root, 'lambdas/shared/executor/kernels/dense-module.ts');
    expect(readFileSync(file, 'utf8')).toBe(denseModuleFile());
  });

  it.each([
    [[32, 64, 64, 3], true],
    [[1, 1], true],
    [[5, 7], false],
    [[8, 8], true],
    [[16, 9], true],
    [[3, 31, 2], true],
    [[40, 33], false],
    [[256, 32], true],
    [[257, 70, 12], true],
    [[700, 13], true],
  ] as const)('equal the runtime’s to the bit: %j, with biases: %s', async (sizes, biased) => {
    const model = layers(sizes, biased);
    const executor = loadExecutor(compiled(model));
    const runtime = await onnxruntimeRunner(model);
    try {
      for (const rows of [1, 2, 3, 4, 5, 8, 23, 1]) {
        const inputs = batchOf(rows, sizes[0]);
        const [ours] = executor.run(inputs, ['y']);
        const [theirs] = await runtime.run(inputs, ['y']);
        if (!ours || !theirs) throw new Error('both must answer');
        expect(compareTensors(ours, theirs, 'exact')).toMatchObject({ equal: true });
      }
    } finally {
      await runtime.release();
    }
  });

  it('keep NaN what it is, rectified or not', () => {
    const executor = loadExecutor(compiled(layers([4, 8, 8], true)));
    const x = { datatype: 'FP32', shape: [1, 4], data: Float32Array.of(Number.NaN, 0, 0, 0) } as const;
    expect([...(executor.run({ x }, ['y'])[0]?.data ?? [])].every(Number.isNaN)).toBe(true);
  });

  it('give answers that later, larger batches do not change', () => {
    const executor = loadExecutor(compiled(layers([32, 64, 3], true)));
    const [first] = executor.run(batchOf(2, 32), ['y']);
    const kept = structuredClone(first);
    executor.run(batchOf(5_000, 32), ['y']);
    expect(first).toEqual(kept);
  });

  it('count their memory, weights included, in whole pages', () => {
    const executor = loadExecutor(compiled(layers([300, 400, 3], true)));
    for (const rows of [1, 1_000]) {
      // The caller's rows are counted as any model's are, and what they are copied to.
      const arenaBytes = executor.bufferBytes(rows) - 4 * rows * 300;
      expect(arenaBytes).toBeGreaterThanOrEqual(4 * (300 * 400 + 400 * 8 + rows * (300 + 400 + 3)));
      expect(arenaBytes % 65_536).toBe(0);
    }
  });

  it.each([
    ['WebAssembly', undefined],
    ['its relaxed instructions', { ...realParts(), validate: () => false }],
    ['addresses for its memory', { ...realParts(), Memory: noMemory() }],
  ])('are made without %s, too', async (_what, stub) => {
    const bytes = compiled(layers([32, 64, 300, 3], true));
    const inputs = batchOf(7, 32);
    const [fast] = loadExecutor(bytes).run(inputs, ['y']);
    vi.stubGlobal('WebAssembly', stub);
    vi.resetModules();
    const { loadExecutor: loadAnew } = await import('../../../../lambdas/shared/executor/load-executor.ts');
    const executor = loadAnew(bytes);
    const [slow] = executor.run(inputs, ['y']);
    if (!fast || !slow) throw new Error('both must answer');
    expect(executor.bufferBytes(7)).toBe(4 * 7 * (32 + 64 + 300 + 3));
    expect(compareTensors(slow, fast, { within: 1e-4 })).toMatchObject({ equal: true });
  });

  it('are no reason to make a module for a model of trees', async () => {
    const validate = vi.fn();
    vi.stubGlobal('WebAssembly', { validate });
    vi.resetModules();
    const { loadExecutor: loadAnew } = await import('../../../../lambdas/shared/executor/load-executor.ts');
    const { compiledForest } = await import('./compiled-forest.ts');
    loadAnew(compiledForest);
    expect(validate).not.toHaveBeenCalled();
    loadAnew(compiled(layers([4, 3], true)));
    expect(validate).toHaveBeenCalled();
  });
});

function realParts() {
  const { Module, Instance, validate } = (globalThis as unknown as { WebAssembly: Record<string, unknown> })
    .WebAssembly;
  return { Module, Instance, validate };
}

function noMemory() {
  return class {
    constructor() {
      throw new RangeError('could not allocate memory');
    }
  };
}
