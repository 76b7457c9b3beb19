// The TypeScript lane's compute path — the request's text read, checked, run and written as the answer's text — against
// onnxruntime's own awaited `session.run` on the same rows.
import { createRequire } from 'node:module';
import { typescriptRunner } from '../../lambdas/inference/adapters/typescript-runner.ts';
import { chooseCoding } from '../../lambdas/inference/domain/answer-coding.ts';
import { decodeBody } from '../../lambdas/inference/domain/content-coding.ts';
import { createExecutorCache } from '../../lambdas/inference/domain/executor-cache.ts';
import { encodeInferAnswer } from '../../lambdas/inference/domain/infer-answer.ts';
import { parseInferRequest, rowCountOf } from '../../lambdas/inference/domain/infer-request.ts';
import { type Contender, ratioOf, takeTurns } from '../harness.ts';
import { checkAnswer, type ModelUnderTest, modelUnderTest } from '../inference/model-under-test.ts';
import { type BenchModel, smallMlp, trees100, trees500 } from '../models.ts';
import type { Area } from '../run.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.filename)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

const POOL = 500;
const ROUNDS = 31;
const GOAL = '≤ 0.40';

const never = new AbortController().signal;

const oursOf = ({ version, artifacts, texts }: ModelUnderTest) => {
  const runner = typescriptRunner({
    artifacts,
    executors: createExecutorCache(1e9),
    others: { run: () => Promise.reject(new Error('it must run here')) },
    stopwatch: () => performance.now(),
    onFault: (what, fault) => {
      throw new Error(what, { cause: fault });
    },
  });
  const { signature, lane, artifact, products, model } = version;
  return async (index: number): Promise<string> => {
    const body = decodeBody(Buffer.from(texts[index % texts.length] ?? ''), undefined);
    const coding = chooseCoding(undefined);
    const call = parseInferRequest(body, undefined, signature);
    const rowCount = rowCountOf(signature, call.inputs);
    const outputs = call.outputs.map(({ name }) => name);
    const job = { lane, artifact, products, rowCount, inputs: call.inputs, outputs };
    const outcome = await runner.run(job, never);
    if (!outcome.ok) throw new Error(outcome.fault);
    const answered = { model, version: version.version, id: call.id, requested: call.outputs, rowCount, coding };
    return encodeInferAnswer(answered, outcome.outputs).body as string;
  };
};

const peerOf = async (onnx: Uint8Array, { rows }: ModelUnderTest) => {
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = rows.map((values) => ({ x: new Tensor('float32', values, [1, values.length]) }));
  return (index: number) => session.run(feeds[index % feeds.length] ?? {}, ['y']);
};

const measure = async (model: BenchModel, callsPerRound: number) => {
  const tested = modelUnderTest(model, POOL);
  const [ours, peer] = [oursOf(tested), await peerOf(model.onnx, tested)];
  await checkAnswer(tested, ours, peer);
  const contenders: Contender[] = [
    { name: 'handler', call: ours },
    { name: 'session.run', call: peer },
  ];
  const times = await takeTurns(contenders, { rounds: ROUNDS, callsPerRound, warmupRounds: 10, measure: 'cpu' });
  return ratioOf(times.get('handler') ?? [], times.get('session.run') ?? []);
};

export const area: Area = {
  method:
    'TypeScript lane: request text → answer text, in process, against awaited session.run with one thread and all ' +
    'optimisations, by the processor’s time; seeded rows, each call another; rounds in turn, ratio by round, median and quartiles',
  run: async (report) => {
    for (const { model, calls } of [
      { model: smallMlp(), calls: 2_000 },
      { model: trees100(), calls: 2_000 },
      { model: trees500(), calls: 1_000 },
    ]) {
      const name = `${model.name}-ts-b1`;
      process.stderr.write(`inference: ${name}\n`);
      const ratio = await measure(model, calls);
      report({ case: name, metric: 'handler_over_run', ...ratio, unit: 'ratio', baseline: 'session.run', goal: GOAL });
    }
  },
};
