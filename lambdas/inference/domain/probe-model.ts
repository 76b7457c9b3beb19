// Has a model that passed its trial answer calls, one after the other, and times some of them beside its compiled form.
// Belongs, as the trial does, into a process that may be killed.
import { ExecutorRefusal } from '../../shared/executor/executor-refusal.ts';
import type { ExecutorTensor } from '../../shared/executor/executor-tensor.ts';
import { type Executor, loadExecutor } from '../../shared/executor/load-executor.ts';
import { fromBinary } from '../../shared/executor/prove/binary-tensor.ts';
import { type PackedCall, packCalls } from '../../shared/executor/prove/tensor-pack.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Runtime, Session } from '../ports.ts';
import { exampleInputs, exampleShapes, randomInputs } from './example-inputs.ts';
import { ModelRefusal } from './model-refusal.ts';
import type { ChildProbeReport } from './smoke-message.ts';
import type { Tensor } from './tensor.ts';

export interface ProbeModelOptions {
  readonly runtime: Runtime;
  readonly nowMs: () => number;
  /** Answers beyond are left out, as if refused. */
  readonly answerBytes: number;
}

export interface ProbeMaterial {
  readonly model: Uint8Array;
  readonly signature: Signature;
  /** Absent: examples of the signature, until the model answers some of one shape. */
  readonly calls: readonly PackedCall[] | undefined;
  readonly compiled: Uint8Array | undefined;
}

export const probeModel = async (
  { model, signature, calls, compiled }: ProbeMaterial,
  { runtime, nowMs, answerBytes }: ProbeModelOptions,
): Promise<ChildProbeReport> => {
  const loaded = await orRefusal(() => loadTimed(runtime, model, { nowMs, count: calls ? 1 : LOAD_COUNT }));
  if (loaded instanceof ModelRefusal) return { ok: false, rule: 'load_failed', message: loaded.message };
  const { session, loadMs } = loaded;
  const outputNames = signature.outputs.map(({ name }) => name);
  const answers: PackedCall[] = [];
  let leftBytes = answerBytes;
  const answer = async (inputs: readonly Tensor[]): Promise<boolean> => {
    const outputs = await orRefusal(() => session.run(inputs, outputNames));
    const size = outputs instanceof ModelRefusal ? Infinity : outputs.reduce((sum, { data }) => sum + data.length, 0);
    const kept = outputs instanceof ModelRefusal || size > leftBytes ? null : outputs;
    if (kept) leftBytes -= size;
    // Copied: the runtime's memory is its own.
    answers.push({
      timed: false,
      tensors: kept?.map((tensor) => ({ ...tensor, data: new Uint8Array(tensor.data) })) ?? null,
    });
    return kept !== null;
  };
  if (calls) for (const { tensors } of calls) await answer(tensors ?? []);
  else await answerExamples(signature, answer);
  const work = { calls: calls ?? [], outputNames, nowMs };
  const timings = compiled ? await timeBoth(session, loadExecutor(compiled), work) : [];
  const runMs = compiled ? [] : await timeRuns(session, work);
  await session.release();
  return { ok: true, loadMs, answers: Buffer.from(packCalls(answers)).toString('base64'), timings, runMs };
};

/** Where no calls are given, it is the load that matters. */
const LOAD_COUNT = 3;
const LOADS_BUDGET_MS = 3_000;

/** @returns the last session, and the shortest time */
const loadTimed = async (
  runtime: Runtime,
  model: Uint8Array,
  { nowMs, count }: { readonly nowMs: () => number; readonly count: number },
): Promise<{ session: Session; loadMs: number }> => {
  const beganMs = nowMs();
  let loadMs = Infinity;
  for (let turn = 1; ; turn++) {
    const startedMs = nowMs();
    const session = await runtime.load(model);
    loadMs = Math.min(loadMs, nowMs() - startedMs);
    if (turn >= count || nowMs() - beganMs > LOADS_BUDGET_MS) return { session, loadMs };
    await session.release();
  }
};

const SEEDS = [1, 2, 3];

const answerExamples = async (signature: Signature, answer: (inputs: readonly Tensor[]) => Promise<boolean>) => {
  for (const shapes of exampleShapes(signature)) {
    let isAnswered = false;
    for (const seed of SEEDS) isAnswered = (await answer(randomInputs(signature, shapes, seed))) || isAnswered;
    for (const fill of [0, 1] as const) {
      isAnswered = (await answer(exampleInputs(signature, shapes, fill))) || isAnswered;
    }
    if (isAnswered) return;
  }
};

const orRefusal = async <T>(call: () => T | Promise<T>): Promise<T | ModelRefusal> => {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof ModelRefusal) return fault;
    throw fault;
  }
};

/** A sample is long enough for the clock; samples of one call end when they are enough, or took long enough. */
const SAMPLE_MS = 0.5;
const SAMPLE_COUNT = 15;
const CALL_BUDGET_MS = 600;
/** Compiled code is optimised while it runs, and a caller's model has been run before. */
const WARM_UP_MS = 40;
/** Larger batches than the first that is so much slower need not be tried. */
const CLEARLY_SLOWER = 2;

type Timings = Extract<ChildProbeReport, { ok: true }>['timings'];

interface TimedWork {
  readonly calls: readonly PackedCall[];
  readonly outputNames: readonly string[];
  readonly nowMs: () => number;
}

const RUN_COUNT = 9;
const RUNS_BUDGET_MS = 300;

/** The model alone: the median of some runs of each call that asks for it. */
const timeRuns = async (session: Session, { calls, outputNames, nowMs }: TimedWork) => {
  const told: { call: number; ms: number }[] = [];
  for (const [call, { timed, tensors }] of calls.entries()) {
    if (!timed || !tensors) continue;
    const samples: number[] = [];
    const beganMs = nowMs();
    const ended = await answered(async () => {
      while (samples.length < RUN_COUNT && (samples.length === 0 || nowMs() - beganMs < RUNS_BUDGET_MS)) {
        const startedMs = nowMs();
        await session.run(tensors, outputNames);
        samples.push(nowMs() - startedMs);
      }
      return true;
    });
    const [ms] = samples.sort((a, b) => a - b).slice(Math.floor(samples.length / 2));
    if (ended && ms !== undefined) told.push({ call, ms });
  }
  return told;
};

const timeBoth = async (session: Session, executor: Executor, work: TimedWork): Promise<Timings> => {
  const { calls, outputNames, nowMs } = work;
  const timed = calls.flatMap(({ timed: asked, tensors }, call) => {
    const inputs = asked && tensors ? executorInputs(tensors) : undefined;
    if (!tensors || !inputs) return [];
    const native = () => session.run(tensors, outputNames);
    return [{ call, native, ours: () => executor.run(inputs, outputNames) }];
  });
  // All of them first: what is optimised for one batch is so for the next.
  for (const { ours } of timed) await answered(() => warmUp(ours, nowMs));
  const timings: Timings = [];
  for (const { call, native, ours } of timed) {
    const pair = await answered(() => timePair(native, ours, nowMs));
    if (!pair) continue;
    const [nativeMs, compiledMs] = pair;
    timings.push({ call, nativeMs, compiledMs });
    if (compiledMs > nativeMs * CLEARLY_SLOWER) break;
  }
  return timings;
};

/** Of a batch that either refuses there is no time to tell. */
const answered = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof ModelRefusal || fault instanceof ExecutorRefusal) return undefined;
    throw fault;
  }
};

const executorInputs = (tensors: readonly Tensor[]): Record<string, ExecutorTensor> | undefined => {
  const inputs: Record<string, ExecutorTensor> = {};
  for (const tensor of tensors) {
    const read = fromBinary(tensor);
    if (!read) return undefined;
    inputs[tensor.name] = read;
  }
  return inputs;
};

type Call = () => unknown;

/** Both in turn, so that whatever else the machine does falls on both. @returns ms of one call: the second best of each */
const timePair = async (first: Call, second: Call, nowMs: () => number): Promise<[number, number]> => {
  const plans = [await warmUp(first, nowMs), await warmUp(second, nowMs)] as const;
  const samples: [number[], number[]] = [[], []];
  const startedMs = nowMs();
  for (let turn = 0; turn < SAMPLE_COUNT; turn++) {
    samples[0].push(await sample(first, plans[0], nowMs));
    samples[1].push(await sample(second, plans[1], nowMs));
    if (turn >= 2 && nowMs() - startedMs > CALL_BUDGET_MS) break;
  }
  return [secondBest(samples[0]), secondBest(samples[1])];
};

/** @returns how many calls make a sample */
const warmUp = async (call: Call, nowMs: () => number): Promise<number> => {
  const startedMs = nowMs();
  let count = 0;
  while (count === 0 || nowMs() - startedMs < WARM_UP_MS) {
    await call();
    count++;
  }
  return Math.max(1, Math.ceil((SAMPLE_MS * count) / (nowMs() - startedMs)));
};

const sample = async (call: Call, count: number, nowMs: () => number): Promise<number> => {
  const startedMs = nowMs();
  for (let i = 0; i < count; i++) await call();
  return (nowMs() - startedMs) / count;
};

const secondBest = (samples: readonly number[]): number => [...samples].sort((a, b) => a - b)[1] as number;
