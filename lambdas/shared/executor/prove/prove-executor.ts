// Proves a compiled model against the runtime where both run in one process: tests, and tools. At publish time the
// original runs elsewhere (registry), and its answers are judged by the same `judgeAnswers`.
import type { ExecutorTensor } from '../executor-tensor.ts';
import { judgeAnswers, type Proof } from './judge-answers.ts';
import { makeProbes } from './make-probes.ts';

/** Runs the original model, on one thread. @throws whatever it refuses with */
export type Runner = (
  inputs: Readonly<Record<string, ExecutorTensor>>,
  outputNames: readonly string[],
) => Promise<readonly ExecutorTensor[]>;

/**
 * @param compiled - from `compileModel`
 * @param rounds - how often a batch of each size is tried, tame and wild in turn
 */
export const proveExecutor = (
  compiled: Uint8Array,
  run: Runner,
  { seed, rounds = 4 }: { readonly seed: number; readonly rounds?: number },
): Promise<Proof> =>
  judgeAnswers(compiled, makeProbes(compiled, { seed, rounds }), async ({ inputs }, _index, names) => {
    try {
      return await run(inputs, names);
    } catch {
      // Whatever the runtime refuses with: what counts is whether the executor refuses, too.
      return undefined;
    }
  });
