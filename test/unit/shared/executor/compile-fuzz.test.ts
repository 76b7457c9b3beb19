// Whatever a graph says, compiling ends soon: in a reason why not, or in a model that answers as the runtime does, or
// refuses with a reason.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import { ExecutorRefusal } from '../../../../lambdas/shared/executor/executor-refusal.ts';
import { decodePlan } from '../../../../lambdas/shared/executor/flat-form.ts';
import { loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import { edgeRows, landmarksOf } from '../../../../lambdas/shared/executor/prove/edge-rows.ts';
import { proveExecutor } from '../../../../lambdas/shared/executor/prove/prove-executor.ts';
import { seededRandom } from '../../../../lambdas/shared/numeric/seeded-random.ts';
import { goldenCases } from '../../../support/executor-golden.ts';
import { mutateModel } from '../../../support/mutate-model.ts';
import { onnxruntimeRunner } from '../../../support/onnxruntime-runner.ts';

const folder = new URL('../../../golden/executor/models/', import.meta.url);
const seeds = [
  ...goldenCases().map(({ model }) => model),
  ...readdirSync(folder).map((file) => new Uint8Array(readFileSync(new URL(file, folder)))),
];

/** Compiles, and runs two batches. @returns whether it was compiled */
const survive = (model: Uint8Array, seed: number): boolean => {
  const compiled = compileModel(model);
  if (!compiled.supported) {
    expect(compiled.reason.length).toBeGreaterThan(0);
    return false;
  }
  const executor = loadExecutor(compiled.bytes);
  const random = seededRandom(seed);
  const landmarks = landmarksOf(decodePlan(compiled.bytes));
  for (const rows of [1, 5]) {
    const inputs = edgeRows(executor.inputs, landmarks, { rows, random, wild: true });
    try {
      const names = executor.outputs.map(({ name }) => name);
      for (const { data, shape } of executor.run(inputs, names)) {
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      }
    } catch (fault) {
      expect(fault).toBeInstanceOf(ExecutorRefusal);
    }
  }
  return true;
};

it('survives bytes changed anywhere', () => {
  const random = seededRandom(1);
  let compiled = 0;
  for (let round = 0; round < 2_000; round++) {
    const bytes = random.pick(seeds).slice();
    for (let count = 1 + random.below(3); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
    if (survive(bytes, round)) compiled++;
  }
  // The test would say nothing if none were.
  expect(compiled).toBeGreaterThan(200);
});

it('survives graphs changed in what they mean', () => {
  const random = seededRandom(2);
  let compiled = 0;
  for (let round = 0; round < 2_000; round++) if (survive(mutateModel(random.pick(seeds), random), round)) compiled++;
  expect(compiled).toBeGreaterThan(200);
});

it('answers as the runtime does, where both take a changed graph', async () => {
  const random = seededRandom(3);
  let compared = 0;
  for (let round = 0; round < 400; round++) {
    const model = mutateModel(random.pick(seeds), random);
    const compiled = compileModel(model);
    if (!compiled.supported) continue;
    const runtime = await onnxruntimeRunner(model).catch(() => undefined);
    if (!runtime) continue;
    try {
      const proof = await proveExecutor(compiled.bytes, runtime.run, { seed: round, rounds: 1 });
      // Sums of weights that are beyond all measure differ where float32 does; trees and whole numbers never.
      const exact = proof.outputs.filter((output) => output.exact && output.distance > 0);
      expect({ round, exact }).toEqual({ round, exact: [] });
      if (proof.proven) compared++;
    } finally {
      await runtime.release();
    }
  }
  expect(compared).toBeGreaterThan(100);
}, 60_000);
