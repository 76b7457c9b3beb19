// Forests by WebAssembly: the answers of the loops in TypeScript, to the bit, for whatever a row holds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openForestArena } from '../../../../lambdas/shared/executor/kernels/forest-arena.ts';
import type { BufferData, Step } from '../../../../lambdas/shared/executor/plan.ts';
import { seededRandom } from '../../../../lambdas/shared/numeric/seeded-random.ts';
import { root } from '../../../../local/root.ts';
import { forestModuleFile } from '../../../../tools/forest-module/forest-module-file.ts';

const ROWS = 130;

interface Shape {
  readonly seed: number;
  readonly depth: number;
  readonly treeCount: number;
  readonly columns: number;
  readonly targets?: number;
  readonly aggregate?: string;
  readonly params?: Step['params'];
}

/** A forest that the compiler could have made, of random questions, keys and weights. */
const forestOf = ({ seed, depth, treeCount, columns, targets = 1, aggregate = 'SUM', params = {} }: Shape): Step => {
  const { below: upTo, uniform } = seededRandom(seed);
  const counts = Array.from({ length: columns }, () => 1 + upTo(9));
  const cuts = counts.flatMap((count) => Array.from({ length: count }, (_, index) => index - count / 2));
  const starts = [0];
  for (const count of counts) starts.push((starts.at(-1) ?? 0) + count);
  // Every third question is asked only where NaN goes left, every fifth both ways.
  const both = (index: number) => index % 5 === 0;
  const slots = counts.map((_, index) => (index % 3 === 0 && !both(index) ? -1 : index));
  const nanSlots = counts.map((_, index) => (both(index) ? columns + index : index % 3 === 0 ? index : -1));
  const asked = [...slots, ...nanSlots].filter((slot) => slot >= 0);
  const leafCount = treeCount * 2 ** depth;
  const keyOf = () => {
    const slot = asked[upTo(asked.length)] as number;
    return (upTo(counts[slot % columns] as number) << 12) | slot;
  };
  return {
    op: 'forest',
    in: [0],
    out: [1],
    params: {
      ...{ kind: 'regressor', layout: 'filled', post: 'NONE', base: new Float32Array(targets).fill(0.25) },
      ...{ depth, treeCount, columns, targets, aggregate, rows: -1, slotCount: 2 * columns },
      features: Int32Array.from(counts, (_, index) => index),
      cutStarts: Int32Array.from(starts),
      cuts: Float32Array.from(cuts),
      slots: Int32Array.from(slots),
      nanSlots: Int32Array.from(nanSlots),
      keys: Int32Array.from({ length: treeCount * (2 ** depth - 1) }, keyOf),
      weights: Float32Array.from({ length: leafCount }, () => uniform() * 2 - 1),
      leafStarts: Int32Array.from({ length: leafCount + 1 }, (_, index) => index),
      leafTargets: Int32Array.from({ length: leafCount }, () => upTo(targets)),
      setFeatures: new Int32Array(0),
      ...params,
    },
  } as unknown as Step;
};

/** What thresholds are exactly, and what no threshold is. */
const special = [Number.NaN, Infinity, -Infinity, -0, 0, 0.5, -0.5, 1, 1e-45, 3.4e38];
const rowsOf = (columns: number, seed: number): Float32Array => {
  const { uniform, pick } = seededRandom(seed);
  return Float32Array.from({ length: ROWS * columns }, () => (uniform() < 0.4 ? pick(special) : uniform() * 12 - 6));
};

const answers = async (step: Step, x: Float32Array | Float64Array, targets: number) => {
  const { forest } = await import('../../../../lambdas/shared/executor/kernels/forest.ts');
  const y = new Float32Array(ROWS * targets);
  forest(step, [x, y] as unknown as BufferData[])(ROWS);
  return Buffer.from(y.buffer).toString('hex');
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('a forest by WebAssembly', () => {
  it('is what its source says', async () => {
    const file = join(root, 'lambdas/shared/executor/kernels/forest-module.ts');
    expect(readFileSync(file, 'utf8')).toBe(await forestModuleFile());
  });

  it.each([
    { seed: 1, depth: 6, treeCount: 100, columns: 30 },
    { seed: 2, depth: 1, treeCount: 1, columns: 1 },
    { seed: 3, depth: 3, treeCount: 7, columns: 4 },
    { seed: 4, depth: 9, treeCount: 6, columns: 12 },
    { seed: 5, depth: 4, treeCount: 13, columns: 5, aggregate: 'AVERAGE' },
    { seed: 6, depth: 4, treeCount: 9, columns: 5, aggregate: 'MIN' },
    { seed: 7, depth: 5, treeCount: 30, columns: 8, targets: 3 },
  ])('answers as the loops do: $treeCount trees of depth $depth, seed $seed', async (shape) => {
    const step = forestOf(shape);
    const targets = shape.targets ?? 1;
    for (const x of [rowsOf(shape.columns, shape.seed), Float64Array.from(rowsOf(shape.columns, 99), (v) => v * 1.1)]) {
      expect(openForestArena(step)).toBeDefined();
      const fast = await answers(step, x, targets);
      vi.stubGlobal('WebAssembly', undefined);
      vi.resetModules();
      const slow = await answers(step, x, targets);
      vi.unstubAllGlobals();
      vi.resetModules();
      expect(fast).toBe(slow);
    }
  });

  it.each([
    ['whose keys are too few', { keys: new Int32Array(5) }],
    ['whose questions begin outside their cuts', { cutStarts: Int32Array.of(0, 1, 2, 3, 400) }],
    ['whose question asks for no column', { features: Int32Array.of(0, 1, 2, 4) }],
    ['whose codes lie elsewhere', { slots: Int32Array.of(0, 1, 2, 8) }],
    ['whose rank is too high', { keys: new Int32Array(7 * 4).fill(1 << 30) }],
    ['deeper than any', { depth: 40 }],
    ['of double thresholds', { cuts: new Float64Array(4) }],
    ['that is grown', { layout: 'grown' }],
  ])('%s is left to the loops, which look at every place', (_what, params) => {
    expect(openForestArena(forestOf({ seed: 1, depth: 3, treeCount: 4, columns: 4, params }))).toBeUndefined();
  });
});
