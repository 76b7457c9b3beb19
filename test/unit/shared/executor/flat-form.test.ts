// The bytes of a compiled model: the same each time, checked when loaded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExecutorRefusal } from '../../../../lambdas/shared/executor/executor-refusal.ts';
import { decodePlan, encodePlan } from '../../../../lambdas/shared/executor/flat-form.ts';
import { loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import type { Plan } from '../../../../lambdas/shared/executor/plan.ts';
import { compiledForest, compiledForestRows } from './compiled-forest.ts';

const plan: Plan = {
  inputs: [{ name: 'x', type: 'FP32', dims: [-1, 2], buffer: 0, exact: true }],
  outputs: [{ name: 'y', type: 'FP32', dims: [-1, 2], buffer: 1, exact: true }],
  buffers: [
    { type: 'FP32', size: -2 },
    { type: 'FP32', size: -2 },
  ],
  steps: [
    {
      op: 'impute',
      in: [0],
      out: [1],
      params: { rows: -1, replaced: Number.NaN, values: Float32Array.of(1.5, -0), limit: -Infinity, zero: -0 },
    },
  ],
  work: { fixed: 0, perRow: 4 },
};

const refusal = (make: () => unknown): string => {
  try {
    make();
  } catch (fault) {
    if (fault instanceof ExecutorRefusal) return fault.reason;
    throw fault;
  }
  return 'none';
};

describe('the flat form', () => {
  it('gives the plan back, numbers that JSON does not know among it', () => {
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });

  it('is the same for the same plan', () => {
    expect(encodePlan(plan)).toEqual(encodePlan(structuredClone(plan)));
  });

  it('lies aligned, and is read where it lies', () => {
    const bytes = encodePlan(plan);
    const values = decodePlan(bytes).steps[0]?.params.values as Float32Array;
    expect(values.buffer).toBe(bytes.buffer);
    expect(values.byteOffset % 8).toBe(0);
  });

  it('is read from any place in memory', () => {
    const bytes = encodePlan(plan);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(decodePlan(shifted)).toEqual(plan);
  });

  it.each([
    ['another beginning', (bytes: Uint8Array) => bytes.fill(0, 0, 4)],
    ['another version', (bytes: Uint8Array) => bytes.fill(9, 4, 5)],
    ['a byte too few', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['a byte too many', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
    ['nothing at all', () => new Uint8Array(0)],
    ['an outline beyond its end', (bytes: Uint8Array) => bytes.fill(255, 12, 16)],
    ['an outline that is no JSON', (bytes: Uint8Array) => bytes.fill(0x7b, 16, 24)],
  ])('is refused with %s', (_what, change) => {
    expect(refusal(() => loadExecutor(change(encodePlan(plan).slice())))).toBe('bad_form');
  });

  it('is refused or loaded, whatever byte is another', () => {
    fc.assert(
      fc.property(fc.nat(compiledForest.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = compiledForest.slice();
        bytes[at] = (bytes[at] as number) ^ flip;
        expect(['none', 'bad_form']).toContain(refusal(() => loadExecutor(bytes)));
      }),
      { numRuns: 2_000, seed: 20_261_124 },
    );
  });

  it('is refused when a tree leads back to itself', () => {
    const damaged = structuredClone(decodePlan(compiledForest)) as Plan;
    const children = damaged.steps[0]?.params.children as Int32Array;
    children[2] = 0;
    expect(refusal(() => loadExecutor(encodePlan(damaged)))).toBe('bad_form');
  });

  it('knows its rows', () => {
    const executor = loadExecutor(compiledForest);
    expect(executor.run({ x: compiledForestRows }, ['y'])).toHaveLength(1);
  });
});
