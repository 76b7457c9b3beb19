// Whether the executor answers probes as the runtime did. What is not proven is not served by the executor.
import { ExecutorRefusal } from '../executor-refusal.ts';
import type { ExecutorTensor } from '../executor-tensor.ts';
import { type Executor, loadExecutor } from '../load-executor.ts';
import { compareTensors } from './compare-tensors.ts';
import type { Probe } from './make-probes.ts';

export interface Proof {
  readonly proven: boolean;
  readonly rows: number;
  /** Calls that both refused. */
  readonly refused: number;
  readonly outputs: readonly {
    readonly name: string;
    /** Equal to the bit, by rule; or close. */
    readonly exact: boolean;
    /** How far apart the farthest were (`compareTensors`). */
    readonly distance: number;
  }[];
  /** The first difference: output, element and both values. Values come from made-up inputs, never from a caller's. */
  readonly difference?: string;
}

/** What the runtime answered one probe: the outputs in the executor's order; undefined where it refused. */
export type Answer = readonly (ExecutorTensor | undefined)[] | undefined;

/** @param answerOf - of the original model, on **one thread**: sums over trees depend on how many there are */
export const judgeAnswers = async (
  compiled: Uint8Array,
  probes: readonly Probe[],
  answerOf: (probe: Probe, index: number, outputNames: readonly string[]) => Answer | Promise<Answer>,
): Promise<Proof> => {
  const executor = loadExecutor(compiled);
  const names = executor.outputs.map(({ name }) => name);
  const distances = names.map(() => 0);
  let rowCount = 0;
  let refused = 0;
  const report = (difference?: string): Proof => ({
    proven: difference === undefined,
    rows: rowCount,
    refused,
    outputs: executor.outputs.map(({ name, exact }, index) => ({ name, exact, distance: distances[index] ?? 0 })),
    ...(difference === undefined ? {} : { difference }),
  });
  for (const [index, probe] of probes.entries()) {
    const { rows, inputs } = probe;
    const [ours, theirs] = [attempt(executor, inputs, names), await answerOf(probe, index, names)];
    rowCount += rows;
    if (!ours || !theirs) {
      if (ours || theirs) return report(`only ${ours ? 'the runtime' : 'the executor'} refused a batch of ${rows}`);
      refused++;
      continue;
    }
    for (const [at, { name, exact }] of executor.outputs.entries()) {
      const [our, their] = [ours[at] as ExecutorTensor, theirs[at]];
      if (!their) return report(`output '${name}', batch of ${rows}, is no tensor of the executor's types`);
      const compared = compareTensors(our, their, exact ? 'exact' : 'close');
      distances[at] = Math.max(distances[at] ?? 0, compared.distance);
      if (!compared.equal) return report(`output '${name}', batch of ${rows}, ${compared.difference}`);
    }
  }
  return report(refused === probes.length ? 'no batch was answered' : undefined);
};

const attempt = (executor: Executor, inputs: Probe['inputs'], names: readonly string[]) => {
  try {
    return executor.run(inputs, names);
  } catch (fault) {
    if (fault instanceof ExecutorRefusal) return undefined;
    throw fault;
  }
};
