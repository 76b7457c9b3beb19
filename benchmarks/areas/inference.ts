// What the function that runs a model adds to the bare run: from the event's text to the answer's text, against the
// runtime's own awaited `session.run` on the same rows.
import { createRequire } from 'node:module';
import { onnxruntime } from '../../lambdas/inference/adapters/onnxruntime.ts';
import type { LoadedModel } from '../../lambdas/inference/domain/loaded-model.ts';
import { decodeRunAnswer, decodeRunRequest, encodeRunRequest } from '../../lambdas/inference/domain/run-message.ts';
import { createSessionCache } from '../../lambdas/inference/domain/session-cache.ts';
import { runModel } from '../../lambdas/inference/routes/run-model.ts';
import { type Contender, ratioOf, takeTurns } from '../harness.ts';
import { type BenchModel, smallMlp, trees100, trees500 } from '../models.ts';
import type { Area } from '../run.ts';
import { normal } from '../seeded.ts';
import { area as charge } from './inference-charge.ts';
import { area as paid } from './inference-paid.ts';
import { area as typescript } from './inference-typescript.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.filename)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

/** Inputs made before the clock runs; each call takes the next, so that no result can be remembered. */
const POOL = 500;
const SEED = 7;
const ROUNDS = 31;

interface Case {
  readonly name: string;
  readonly model: BenchModel;
  readonly rowCount: number;
  readonly callsPerRound: number;
  readonly goal: string;
}

const rowsOf = ({ model, rowCount }: Case): readonly Float32Array[] => {
  const draw = normal(SEED);
  return Array.from({ length: rowCount > 100 ? 20 : POOL }, () =>
    Float32Array.from({ length: rowCount * model.width }, draw),
  );
};

/** The run function's work on a message, as Lambda hands it over and takes it back. */
const handlerOf = (
  { model, rowCount }: Case,
  pool: readonly Float32Array[],
): Contender & { readonly texts: string[] } => {
  const run = runModel({
    artifacts: { read: async () => model.onnx, readToScratch: () => Promise.reject(new Error('not asked for')) },
    runtime: onnxruntime({ threadCount: 1 }),
    sessions: createSessionCache<LoadedModel>({ budgetBytes: 1e9, release: (session) => session.release() }),
    nowMs: () => performance.now(),
    onFault: (fault) => {
      throw fault;
    },
  });
  const artifact = { key: 'sha256/bench', sha256: '0'.repeat(64), sizeBytes: model.onnx.length };
  const texts = pool.map((values) =>
    JSON.stringify(
      encodeRunRequest({
        lane: 'run-2gib',
        artifact,
        inputs: [{ name: 'x', datatype: 'FP32', shape: [rowCount, model.width], data: new Uint8Array(values.buffer) }],
        outputs: model.outputs,
      }),
    ),
  );
  const call = async (index: number) => {
    const answer = run(decodeRunRequest(JSON.parse(texts[index % texts.length] ?? '')));
    return JSON.stringify(answer instanceof Promise ? await answer : answer);
  };
  return { name: 'handler', call, texts };
};

const bareOf = async ({ model, rowCount }: Case, pool: readonly Float32Array[]): Promise<Contender> => {
  const session = await InferenceSession.create(model.onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = pool.map((values) => ({ x: new Tensor('float32', values, [rowCount, model.width]) }));
  return { name: 'session.run', call: (index) => session.run(feeds[index % feeds.length] ?? {}, ['y']) };
};

/** @throws Error when the two do not answer alike, to the bit */
const checkAlike = async (handler: Contender, bare: Contender): Promise<void> => {
  for (let index = 0; index < 10; index++) {
    const outcome = decodeRunAnswer(JSON.parse(String(await handler.call(index))));
    if (!outcome.ok) throw new Error(`input ${index} is answered ${JSON.stringify(outcome)}`);
    const { y } = (await bare.call(index)) as { y: { data: Float32Array } };
    const bytes = Buffer.from(outcome.outputs[0]?.data ?? []);
    if (!bytes.equals(Buffer.from(y.data.buffer, y.data.byteOffset, y.data.byteLength)))
      throw new Error(`input ${index} is answered otherwise than by session.run`);
  }
};

export const area: Area = {
  method:
    'event text → answer text of the run function, in process, against awaited session.run with one thread and all ' +
    'optimisations; seeded rows, each call another; rounds in turn, ratio by round, median and quartiles',
  run: async (report) => {
    const [mlp, small, large] = [smallMlp(), trees100(), trees500()];
    const cases: readonly Case[] = [
      { name: 'mlp-ort-b1', model: mlp, rowCount: 1, callsPerRound: 2_000, goal: '≤ 1.00' },
      { name: 'trees100-ort-b1', model: small, rowCount: 1, callsPerRound: 2_000, goal: '≤ 1.00' },
      { name: 'trees500-ort-b1', model: large, rowCount: 1, callsPerRound: 1_000, goal: '≤ 1.00' },
      { name: 'trees500-binary-b32', model: large, rowCount: 32, callsPerRound: 200, goal: '≤ 1.10' },
      { name: 'mlp-binary-b1000', model: mlp, rowCount: 1_000, callsPerRound: 50, goal: '≤ 1.6' },
    ];
    for (const one of cases) {
      process.stderr.write(`inference: ${one.name}\n`);
      const pool = rowsOf(one);
      const [handler, bare] = [handlerOf(one, pool), await bareOf(one, pool)];
      await checkAlike(handler, bare);
      const times = await takeTurns([handler, bare], { rounds: ROUNDS, callsPerRound: one.callsPerRound });
      const ratio = ratioOf(times.get('handler') ?? [], times.get('session.run') ?? []);
      report({
        case: one.name,
        metric: 'handler_over_run',
        ...ratio,
        unit: 'ratio',
        baseline: 'session.run',
        goal: one.goal,
      });
    }
    await typescript.run(report);
    await paid.run(report);
    await charge.run(report);
  },
};
