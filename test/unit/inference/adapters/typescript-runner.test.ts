// The TypeScript lane: compiled models from a store of artifacts, and whatever it leaves to the lane of onnxruntime.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { typescriptRunner } from '../../../../lambdas/inference/adapters/typescript-runner.ts';
import { createExecutorCache } from '../../../../lambdas/inference/domain/executor-cache.ts';
import { fromExecutorTensor, toExecutorInputs } from '../../../../lambdas/inference/domain/executor-tensors.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import type { ModelRunner, RunJob, RunOutcome } from '../../../../lambdas/inference/ports.ts';
import type { Product } from '../../../../lambdas/registry/contract.ts';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import { FLAT_MAKER } from '../../../../lambdas/shared/executor/flat-form.ts';
import { loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import { type GoldenCase, goldenCases } from '../../../support/executor-golden.ts';
import { COLUMNS, compiledForest } from '../../shared/executor/compiled-forest.ts';

const never = new AbortController().signal;
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const productOf = (bytes: Uint8Array, change: Partial<Product> = {}): Product => ({
  kind: 'flat',
  key: `sha256/${sha256Of(bytes)}`,
  sha256: sha256Of(bytes),
  sizeBytes: bytes.length,
  madeBy: FLAT_MAKER,
  ...change,
});

const forest = productOf(compiledForest);
const rows = (count: number): Tensor => ({
  name: 'x',
  datatype: 'FP32',
  shape: [count, COLUMNS],
  data: new Uint8Array(Float32Array.from({ length: count * COLUMNS }, (_, index) => Math.sin(index)).buffer),
});

const jobOf = (change: Partial<RunJob> = {}): RunJob => ({
  lane: 'run-2gib',
  artifact: { key: 'sha256/onnx', sha256: '0'.repeat(64), sizeBytes: 1 },
  products: [forest],
  rowCount: 1,
  inputs: [rows(1)],
  outputs: ['y'],
  ...change,
});

let reads: string[];
let left: RunJob[];
let faults: string[];
let stored: Map<string, Uint8Array>;
beforeEach(() => {
  reads = [];
  left = [];
  faults = [];
  stored = new Map([[forest.key, compiledForest]]);
});

const elsewhere: RunOutcome = { ok: true, outputs: [], loadMs: 0, runMs: 0 };
const others: ModelRunner = {
  run: async (job) => {
    left.push(job);
    return elsewhere;
  },
};

const runnerOf = (budgetBytes = 1e8) =>
  typescriptRunner({
    artifacts: {
      read: async ({ key }) => {
        reads.push(key);
        await Promise.resolve();
        const bytes = stored.get(key);
        if (!bytes) throw new Error('no such artifact');
        return bytes;
      },
    },
    executors: createExecutorCache(budgetBytes),
    others,
    stopwatch: () => performance.now(),
    onFault: (what, fault) => faults.push(`${what}: ${fault instanceof Error ? fault.message : fault}`),
  });

const floatsOf = (outcome: RunOutcome) => {
  if (!outcome.ok) throw new Error(`no outputs: ${outcome.fault}`);
  const [y] = outcome.outputs;
  if (!y) throw new Error('there is no output');
  return [...new Float32Array(Uint8Array.from(y.data).buffer)];
};

describe('a call of a version with a compiled model', () => {
  it('runs here, and says so', async () => {
    const outcome = await runnerOf().run(jobOf({ rowCount: 3, inputs: [rows(3)] }), never);
    const [expected] = loadExecutor(compiledForest).run(toExecutorInputs([rows(3)]), ['y']);
    expect(outcome).toMatchObject({ ok: true, lane: 'typescript', outputs: [{ name: 'y', shape: [3, 1] }] });
    expect(floatsOf(outcome)).toEqual([...((expected?.data ?? []) as Float32Array)]);
    expect(left).toEqual([]);
  });

  it('reads it once, though many calls come at once, and keeps it', async () => {
    const runner = runnerOf();
    await Promise.all([1, 2, 3].map(() => runner.run(jobOf(), never)));
    await runner.run(jobOf(), never);
    expect(reads).toEqual([forest.key]);
  });

  it('runs elsewhere when it cannot be read, is told of, and is read again for the next', async () => {
    const runner = runnerOf();
    stored.clear();
    expect(await runner.run(jobOf(), never)).toBe(elsewhere);
    expect(faults).toEqual([`product ${forest.sha256}: no such artifact`]);
    stored.set(forest.key, compiledForest);
    expect(await runner.run(jobOf(), never)).toMatchObject({ lane: 'typescript' });
    expect(reads).toHaveLength(2);
  });

  it('runs elsewhere when what lies there is no compiled model', async () => {
    stored.set(forest.key, new Uint8Array(64));
    expect(await runnerOf().run(jobOf(), never)).toBe(elsewhere);
    expect(faults).toHaveLength(1);
  });

  it('does not run when the caller was told meanwhile that it took too long', async () => {
    const given = new AbortController();
    const running = runnerOf().run(jobOf(), given.signal);
    given.abort(new Error('too late'));
    await expect(running).rejects.toThrow('too late');
  });

  it('reads inputs at any offset, as they lie behind the JSON of a body', async () => {
    const straight = await runnerOf().run(jobOf(), never);
    const { data, ...x } = rows(1);
    const shifted = new Uint8Array(data.length + 1);
    shifted.set(data, 1);
    const outcome = await runnerOf().run(jobOf({ inputs: [{ ...x, data: shifted.subarray(1) }] }), never);
    expect(floatsOf(outcome)).toEqual(floatsOf(straight));
  });
});

describe('onnxruntime’s lane runs a call', () => {
  it.each([
    { why: 'of a version without one', job: { products: [] } },
    { why: 'of a version with another kind', job: { products: [productOf(compiledForest, { kind: 'ort' })] } },
    {
      why: 'whose compiled model another executor made',
      job: { products: [productOf(compiledForest, { madeBy: 'aimass-executor 0' })] },
    },
    {
      why: 'of more rows than it is faster for',
      job: { products: [{ ...forest, rowLimit: 2 }], rowCount: 3, inputs: [rows(3)] },
    },
  ])('$why', async ({ job }) => {
    expect(await runnerOf().run(jobOf(job), never)).toBe(elsewhere);
    expect(left).toEqual([jobOf(job)]);
    expect(reads).toEqual([]);
  });

  it('of as many rows as the limit not', async () => {
    const job = jobOf({ products: [{ ...forest, rowLimit: 3 }], rowCount: 3, inputs: [rows(3)] });
    expect(await runnerOf().run(job, never)).toMatchObject({ lane: 'typescript' });
  });

  it('whose buffers have no place here', async () => {
    const job = jobOf({ rowCount: 10_000, inputs: [rows(10_000)] });
    expect(await runnerOf(70_000).run(job, never)).toBe(elsewhere);
  });
});

const goldens = goldenCases();
const compiledOf = (golden: GoldenCase) => {
  const compiled = compileModel(golden.model);
  if (!compiled.supported) throw new Error(`${golden.name} is not compiled`);
  stored.set(productOf(compiled.bytes).key, compiled.bytes);
  return compiled.bytes;
};
const inputsOf = (inputs: GoldenCase['runs'][number]['inputs']) =>
  Object.entries(inputs).map(([name, tensor]) => fromExecutorTensor(name, tensor));

/** Floats as numbers: which of its many bit patterns a NaN has is up to the engine, and changes as it optimises. */
const readable = ({ data, ...tensor }: Tensor) => {
  const floats = { FP32: Float32Array, FP64: Float64Array }[tensor.datatype as string];
  return { ...tensor, values: floats ? Array.from(new floats(data.slice().buffer)) : Array.from(data) };
};

describe('every operator that the executor has', () => {
  it('is answered in the protocol’s binary form as the executor answers, text and 64 bits included', async () => {
    const runner = runnerOf();
    const seen = new Set<string>();
    for (const golden of goldens) {
      const bytes = compiledOf(golden);
      const executor = loadExecutor(bytes);
      for (const { inputs, outputs } of golden.runs) {
        if (!outputs) continue;
        const names = Object.keys(outputs);
        const expected = executor.run(inputs, names).map((tensor, at) => fromExecutorTensor(names[at] ?? '', tensor));
        const job = jobOf({ products: [productOf(bytes)], inputs: inputsOf(inputs), outputs: names });
        const outcome = await runner.run(job, never);
        if (!outcome.ok) throw new Error(`${golden.name}: ${JSON.stringify(outcome)}`);
        expect(outcome.lane).toBe('typescript');
        expect(outcome.outputs.map(readable), golden.name).toEqual(expected.map(readable));
        for (const { datatype } of [...job.inputs, ...expected]) seen.add(datatype);
      }
    }
    expect([...seen].sort()).toEqual(['BOOL', 'BYTES', 'FP32', 'FP64', 'INT32', 'INT64']);
  });

  it('is refused as the model’s failure where onnxruntime refuses, too', async () => {
    const refusing = goldens.flatMap((golden) =>
      golden.runs.filter(({ outputs }) => !outputs).map(({ inputs }) => ({ golden, inputs })),
    );
    expect(refusing.length).toBeGreaterThan(0);
    for (const { golden, inputs } of refusing) {
      const bytes = compiledOf(golden);
      const job = jobOf({ products: [productOf(bytes)], inputs: inputsOf(inputs), outputs: outputsOf(bytes) });
      expect(await runnerOf().run(job, never), golden.name).toMatchObject({
        ok: false,
        lane: 'typescript',
        fault: 'model_failed',
      });
    }
  });

  it('leaves integers beyond 2^53 to onnxruntime', async () => {
    const golden = goldens.find(({ runs }) =>
      Object.values(runs[0]?.inputs ?? {}).some(({ datatype, data }) => datatype === 'INT64' && data.length > 0),
    );
    if (!golden) throw new Error('no golden takes INT64');
    const bytes = compiledOf(golden);
    const inputs = inputsOf(golden.runs[0]?.inputs ?? {}).map((tensor) =>
      tensor.datatype === 'INT64' ? { ...tensor, data: new Uint8Array(tensor.data.length).fill(0x3f) } : tensor,
    );
    const job = jobOf({ products: [productOf(bytes)], inputs, outputs: outputsOf(bytes) });
    expect(await runnerOf().run(job, never)).toBe(elsewhere);
    expect(left).toEqual([job]);
  });
});

const outputsOf = (bytes: Uint8Array) => loadExecutor(bytes).outputs.map(({ name }) => name);
