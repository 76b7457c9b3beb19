// What a caller of the executor meets: batches of any size, outputs by name, refusals with a reason.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import { ExecutorRefusal } from '../../../../lambdas/shared/executor/executor-refusal.ts';
import type { ExecutorTensor } from '../../../../lambdas/shared/executor/executor-tensor.ts';
import { type Executor, loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import { goldenCases } from '../../../support/executor-golden.ts';
import { COLUMNS, compiledForest, rowsOf } from './compiled-forest.ts';

const cases = new Map(goldenCases().map((golden) => [golden.name, golden]));
const executorOf = (name: string): Executor => {
  const golden = cases.get(name);
  const compiled = golden && compileModel(golden.model);
  if (!compiled?.supported) throw new Error(`${name} is not compiled`);
  return loadExecutor(compiled.bytes);
};

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (fault) {
    if (fault instanceof ExecutorRefusal) return fault.reason;
    throw fault;
  }
  return 'none';
};

const rowOf = (tensor: ExecutorTensor, row: number): ExecutorTensor =>
  ({
    ...tensor,
    shape: [1, COLUMNS],
    data: (tensor.data as Float32Array).slice(row * COLUMNS, (row + 1) * COLUMNS),
  }) as ExecutorTensor;

describe('a loaded executor', () => {
  it('answers a row the same alone and in a batch of any size', () => {
    const executor = loadExecutor(compiledForest);
    for (const rows of [1, 2, 3, 63, 64, 65, 200, 5]) {
      const x = rowsOf(rows);
      const [batch] = executor.run({ x }, ['y']);
      for (let row = 0; row < rows; row++) {
        const [alone] = executor.run({ x: rowOf(x, row) }, ['y']);
        expect(batch?.data[row]).toBe(alone?.data[0]);
      }
    }
  });

  it('gives answers that later calls do not change', () => {
    const executor = loadExecutor(compiledForest);
    const answers = executor.run({ x: rowsOf(4) }, ['y']);
    const kept = structuredClone(answers);
    executor.run({ x: rowsOf(4) }, ['y']);
    expect(answers).toEqual(kept);
  });

  it('gives the outputs asked for, in that order', () => {
    const executor = executorOf('TreeEnsembleClassifier texts');
    const { inputs } = cases.get('TreeEnsembleClassifier texts')?.runs[0] ?? { inputs: {} };
    const [scores, label] = executor.run(inputs, ['y', 'label']);
    expect(scores?.datatype).toBe('FP32');
    expect(label?.datatype).toBe('BYTES');
    expect(executor.run(inputs, ['label'])).toEqual([label]);
  });

  it('answers no rows with no rows', () => {
    const executor = loadExecutor(compiledForest);
    const x: ExecutorTensor = { datatype: 'FP32', shape: [0, COLUMNS], data: new Float32Array(0) };
    expect(executor.run({ x }, ['y'])).toEqual([{ datatype: 'FP32', shape: [0, 1], data: new Float32Array(0) }]);
  });

  const forest = loadExecutor(compiledForest);
  const x = rowsOf(2);
  it.each<[string, Record<string, ExecutorTensor>, string[]]>([
    ['a missing input', {}, ['y']],
    ['an unknown output', { x }, ['z']],
    ['another type', { x: { ...x, datatype: 'FP64', data: new Float64Array(8) } as ExecutorTensor }, ['y']],
    ['another width', { x: { ...x, shape: [2, 5] } as ExecutorTensor }, ['y']],
    ['fewer elements than its shape', { x: { ...x, data: new Float32Array(7) } as ExecutorTensor }, ['y']],
    ['another number of dimensions', { x: { ...x, shape: [8] } as ExecutorTensor }, ['y']],
  ])('refuses %s', (_what, inputs, outputs) => {
    expect(reasonOf(() => forest.run(inputs, outputs))).toBe('bad_input');
  });

  it('refuses inputs of which each has another number of rows', () => {
    const executor = executorOf('Sub');
    const column = (rows: number): ExecutorTensor => ({
      datatype: 'FP32',
      shape: [rows, 4],
      data: new Float32Array(4 * rows),
    });
    expect(reasonOf(() => executor.run({ x: column(2), z: column(3) }, ['y']))).toBe('bad_input');
  });

  it('refuses whole numbers that it would round, and takes all others', () => {
    const executor = executorOf('Add of integers');
    const whole = (value: bigint): ExecutorTensor => ({
      datatype: 'INT64',
      shape: [1, 3],
      data: BigInt64Array.of(value, 0n, 0n),
    });
    expect(reasonOf(() => executor.run({ x: whole(2n ** 53n) }, ['y']))).toBe('integer_range');
    expect(reasonOf(() => executor.run({ x: whole(-(2n ** 63n)) }, ['y']))).toBe('integer_range');
    expect(reasonOf(() => executor.run({ x: whole(2n ** 53n - 1n) }, ['y']))).toBe('integer_range');
    const [sum] = executor.run({ x: whole(2n ** 53n - 3n) }, ['y']);
    expect(sum?.data[0]).toBe(2n ** 53n - 1n);
    const [below] = executor.run({ x: whole(-(2n ** 40n)) }, ['y']);
    expect(below?.data[0]).toBe(2n - 2n ** 40n);
  });

  it('refuses more rows than memory is allowed for, before it takes any', () => {
    const executor = executorOf('MatMul 33 x 20');
    const rows = 10_000_000;
    expect(executor.bufferBytes(rows)).toBeGreaterThan(536_870_912);
    const tooMany = { datatype: 'FP32', shape: [rows, 33], data: new Float32Array(0) } as ExecutorTensor;
    expect(reasonOf(() => executor.run({ x: tooMany }, ['y']))).toBe('too_large');
  });

  it('states its work', () => {
    expect(forest.work.perRow).toBeGreaterThan(0);
    expect(forest.work.fixed).toBe(0);
  });
});

/** Collects garbage now. */
const collect = () => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

it('holds on to no input after a call, nor to the request that it is a view of', async () => {
  const executor = loadExecutor(compiledForest);
  const call = () => {
    const body = new ArrayBuffer(1_000_000);
    const data = new Float32Array(body, 0, COLUMNS);
    executor.run({ x: { datatype: 'FP32', shape: [1, COLUMNS], data } }, ['y']);
    return new WeakRef(body);
  };
  const body = call();
  // A WeakRef holds what it was asked for until the job ends.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(body.deref()).toBeUndefined();
  expect(executor.outputs.length).toBeGreaterThan(0);
});
