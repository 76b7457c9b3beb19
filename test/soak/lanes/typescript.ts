// The TypeScript lane in this process: compiled models through the cache of executors, as `infer` keeps them.
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { typescriptRunner } from '../../../lambdas/inference/adapters/typescript-runner.ts';
import { createExecutorCache } from '../../../lambdas/inference/domain/executor-cache.ts';
import { compileModel } from '../../../lambdas/shared/executor/compile/compile-model.ts';
import { FLAT_MAKER } from '../../../lambdas/shared/executor/flat-form.ts';
import type { Executor } from '../../../lambdas/shared/executor/load-executor.ts';
import type { SoakLaneKind } from '../soak-lane.ts';

/** Room for some dozens of the soak's models. */
const BUDGET_BYTES = 5 * 1_048_576;

/** Executors are the garbage collector's to give back: it is asked to, so that what is still held can be told. */
const collect = async (): Promise<void> => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

export const typescriptLane: SoakLaneKind = {
  name: 'typescript',
  concurrency: 1,
  // Products may be summed in another order than the runtime's.
  exact: false,
  start: async (models) => {
    const stored = new Map<string, Uint8Array>();
    const jobs = new Map(
      models.map((model) => {
        const compiled = compileModel(model.onnx);
        if (!compiled.supported) throw new Error(`${model.kind} must be supported: ${compiled.reason}`);
        const sha256 = createHash('sha256').update(compiled.bytes).digest('hex');
        const file = { key: `sha256/${sha256}`, sha256, sizeBytes: compiled.bytes.length };
        stored.set(file.key, compiled.bytes);
        return [model, { ...file, kind: 'flat', madeBy: FLAT_MAKER } as const] as const;
      }),
    );
    let loadCount = 0;
    let goneCount = 0;
    const gone = new FinalizationRegistry(() => goneCount++);
    let executors: ReturnType<typeof createExecutorCache> | undefined = createExecutorCache(BUDGET_BYTES);
    const watched = {
      ...executors,
      load: (key: string, sizeBytes: number, load: () => Promise<Executor>) => {
        if (!executors) throw new Error('the lane has ended');
        return executors.load(key, sizeBytes, async () => {
          const executor = await load();
          loadCount++;
          gone.register(executor, undefined);
          return executor;
        });
      },
    };
    let runner: ReturnType<typeof typescriptRunner> | undefined = typescriptRunner({
      artifacts: {
        read: async ({ key }) => stored.get(key) ?? Promise.reject(new Error('no such product')),
      },
      executors: watched,
      others: { run: () => Promise.reject(new Error('the lane must run it itself')) },
      stopwatch: () => performance.now(),
      onFault: (what, fault) => {
        throw new Error(what, { cause: fault });
      },
    });
    const { signal } = new AbortController();
    let callCount = 0;
    return {
      call: async (model, call) => {
        const product = jobs.get(model);
        const { inputs } = model.calls[call] ?? { inputs: [] };
        if (!runner || !product) throw new Error('no such model');
        // What was collected is told between turns of the loop.
        if (callCount++ % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        const rowCount = inputs[0]?.shape[0] ?? 1;
        const { key, sha256, sizeBytes } = product;
        const artifact = { key, sha256, sizeBytes };
        const outcome = await runner.run(
          { lane: 'run-2gib', artifact, products: [product], rowCount, inputs, outputs: model.outputs },
          signal,
        );
        if (!outcome.ok) throw new Error('message' in outcome ? outcome.message : outcome.fault);
        return outcome.outputs;
      },
      figures: () => ({
        loadCount,
        evictionCount: goneCount,
        liveCount: loadCount - goneCount,
        heldBytes: executors?.heldBytes() ?? 0,
        budgetBytes: BUDGET_BYTES,
        residentBytes: process.memoryUsage.rss(),
      }),
      end: async () => {
        runner = undefined;
        executors = undefined;
        Object.assign(watched, { find: undefined, load: undefined, takeRows: undefined, heldBytes: undefined });
        await collect();
        return loadCount - goneCount;
      },
    };
  },
};
