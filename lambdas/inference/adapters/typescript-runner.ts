// Runs small models in this process: compiled models from S3, by the TypeScript executor. What it has no product for,
// cannot load, or refuses for what it cannot represent, goes on to the function of the version's lane.
import { ExecutorRefusal } from '../../shared/executor/executor-refusal.ts';
import { type Executor, loadExecutor } from '../../shared/executor/load-executor.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { TYPESCRIPT_LANE } from '../contract.ts';
import type { ExecutorCache } from '../domain/executor-cache.ts';
import { fromExecutorTensor, toExecutorInputs } from '../domain/executor-tensors.ts';
import { flatProduct } from '../domain/flat-product.ts';
import { describeRefusal } from '../domain/model-refusal.ts';
import { checkTensorData, elementCount, MAX_ELEMENTS, type Tensor } from '../domain/tensor.ts';
import type { ArtifactStore, ModelRunner, RunJob, RunOutcome } from '../ports.ts';

export interface TypescriptRunnerOptions {
  readonly artifacts: Pick<ArtifactStore, 'read'>;
  readonly executors: ExecutorCache;
  /** Runs what the executor does not. */
  readonly others: ModelRunner;
  /** Milliseconds from anywhere. */
  readonly stopwatch: () => number;
  /** Told of a product that could not be loaded: its calls are answered, but slower than they could be. */
  readonly onFault: (what: string, fault: unknown) => void;
}

export const typescriptRunner = (options: TypescriptRunnerOptions): ModelRunner => {
  const { artifacts, executors, others, stopwatch, onFault } = options;
  return {
    run: async (job, signal) => {
      const product = flatProduct(job.products, job.rowCount);
      if (!product) return others.run(job, signal);
      const { sha256, sizeBytes } = product;
      const beganMs = stopwatch();
      const executor =
        executors.find(sha256) ??
        (await executors
          .load(sha256, sizeBytes, async () => loadExecutor(await artifacts.read(product)))
          .catch((fault: unknown) => {
            onFault(`product ${sha256}`, fault);
            return undefined;
          }));
      signal.throwIfAborted();
      if (!executor) return others.run(job, signal);
      const loadedMs = stopwatch();
      const result = executors.takeRows(sha256, executor, job.rowCount) ? runHere(executor, job) : undefined;
      if (!result) return others.run(job, signal);
      if (!Array.isArray(result)) return result;
      return {
        lane: TYPESCRIPT_LANE,
        ok: true,
        outputs: result,
        loadMs: loadedMs - beganMs,
        runMs: stopwatch() - loadedMs,
      };
    },
  };
};

/** @returns the outputs, the model's failure, or undefined where onnxruntime is to run it after all */
const runHere = (executor: Executor, { inputs, outputs: names }: RunJob): Tensor[] | RunOutcome | undefined => {
  try {
    const outputs = executor.run(toExecutorInputs(inputs), names);
    return outputs.map((tensor, index) => checked(fromExecutorTensor(names[index] ?? '', tensor)));
  } catch (fault) {
    if (fault instanceof DomainError) return failed(fault.message);
    if (!(fault instanceof ExecutorRefusal)) throw fault;
    switch (fault.reason) {
      // The signature allows it: what onnxruntime makes of it is the answer.
      case 'bad_input':
      case 'integer_range':
      case 'too_large':
        return undefined;
      case 'bad_value':
        return failed(describeRefusal(fault.message));
      case 'bad_form':
        throw fault;
    }
  }
};

const failed = (message: string): RunOutcome => ({ lane: TYPESCRIPT_LANE, ok: false, fault: 'model_failed', message });

/** Numbers are as many as their shape says. @throws DomainError for what no lane lets a model answer */
const checked = (output: Tensor): Tensor => {
  const label = `output '${output.name.slice(0, 64)}'`;
  const elements = elementCount(output.shape);
  if (elements === undefined) {
    throw new DomainError(
      'invalid',
      'model_failed',
      `${label} must have sizes that multiply to at most ${MAX_ELEMENTS}`,
    );
  }
  if (output.datatype === 'BYTES') checkTensorData(label, output, elements);
  return output;
};
