/** POST /invocations: one run message, as `infer` sends it to a `run-*` function, and that function's answer. */
import { DomainError } from '../../shared/kernel/errors.ts';
import { decodeRunRequest, encodeOutputs, type RunAnswer, type RunOrder } from '../domain/run-message.ts';
import { checkTensorData, elementCount, MAX_ELEMENTS, type Tensor } from '../domain/tensor.ts';
import type { ModelFiles } from './model-files.ts';
import type { ModelPool } from './model-pool.ts';
import type { PoolOutcome } from './run-line.ts';

export interface InvocationPorts {
  readonly files: ModelFiles;
  readonly pool: Pick<ModelPool, 'run'>;
}

/** What a server tells beyond a function, which is ended by its own time-out: that the model did not end. */
export type InvocationAnswer =
  | RunAnswer
  | { readonly ok: false; readonly fault: 'model_timeout'; readonly message: string };

export interface Invocation {
  readonly order: RunOrder;
  readonly outcome: PoolOutcome;
  readonly answer: InvocationAnswer;
}

/** @throws DomainError malformed_request, malformed_tensor, version_not_found, unavailable */
export const answerInvocation =
  ({ files, pool }: InvocationPorts) =>
  async (body: unknown, signal: AbortSignal): Promise<Invocation> => {
    const order = decode(body);
    const { artifact, inputs, outputs } = order;
    checkInputs(inputs);
    const running = files.use(artifact, (file) => pool.run(file, { inputs, outputs }, signal));
    if (!running) {
      throw new DomainError(
        'not_found',
        'version_not_found',
        `no model of the SHA-256 ${artifact.sha256} is served here`,
      );
    }
    const outcome = await running;
    if (!outcome.ok) return { order, outcome, answer: outcome };
    const { loadMs, runMs } = outcome;
    return { order, outcome, answer: encodeOutputs(outcome.outputs, { loadMs, runMs }) };
  };

const decode = (body: unknown): RunOrder => {
  try {
    return decodeRunRequest(body);
  } catch (fault) {
    throw new DomainError('unreadable', 'malformed_request', fault instanceof Error ? fault.message : 'no run message');
  }
};

/** Lengths above all: where runs are joined, a tensor that is too short would shift the next caller's rows. */
const checkInputs = (inputs: readonly Tensor[]): void => {
  const names = new Set<string>();
  for (const { name, ...tensor } of inputs) {
    const label = `input '${name.slice(0, 64)}'`;
    const elements = elementCount(tensor.shape);
    if (names.has(name)) throw new DomainError('unreadable', 'malformed_tensor', `${label} must be there once`);
    if (elements === undefined) {
      throw new DomainError(
        'unreadable',
        'malformed_tensor',
        `${label} must have sizes that multiply to at most ${MAX_ELEMENTS}`,
      );
    }
    names.add(name);
    checkTensorData(label, tensor, elements);
  }
};
