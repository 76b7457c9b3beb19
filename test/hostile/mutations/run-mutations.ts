// A series of mutations through the scanner, and what passes through the runtime, twice.
import { createModelScan } from '../../../lambdas/shared/onnx/scan-model.ts';
import { runTwins } from '../run-twins.ts';
import { goodModels } from './good-models.ts';
import { type Mutation, makeMutation } from './make-mutations.ts';

export interface MutationReport {
  readonly count: number;
  /** By rule of the scanner. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Refused by the runtime with a reason. */
  readonly refused: number;
  /** Ran, and answered the same in both processes. */
  readonly same: number;
  /** Ended their process, by themselves or because they took too long or too much. */
  readonly contained: number;
  /** Answered what nobody wrote. */
  readonly differing: readonly Mutation[];
  readonly leaked: number;
  /** Of one scan, for each KiB. */
  readonly slowestMsPerKiB: number;
}

const BATCH_COUNT = 400;

export const runMutations = async (seed: number, count: number): Promise<MutationReport> => {
  const models = goodModels();
  const rejected: Record<string, number> = {};
  const passing: Mutation[] = [];
  let slowestMsPerKiB = 0;
  for (let index = 0; index < count; index++) {
    const mutation = makeMutation(models, seed, index);
    const startedMs = performance.now();
    const scan = createModelScan();
    scan.push(mutation.bytes);
    const report = scan.finish();
    const ms = performance.now() - startedMs;
    // A short one takes no longer than the clock and the collector make it.
    if (mutation.bytes.length > 16_384)
      slowestMsPerKiB = Math.max(slowestMsPerKiB, (ms * 1024) / mutation.bytes.length);
    if (report.ok) passing.push(mutation);
    else rejected[report.rejection.rule] = (rejected[report.rejection.rule] ?? 0) + 1;
  }
  let [refused, same, contained, leaked] = [0, 0, 0, 0];
  const differing: Mutation[] = [];
  for (let from = 0; from < passing.length; from += BATCH_COUNT) {
    const batch = passing.slice(from, from + BATCH_COUNT);
    const results = await runTwins(batch.map(({ bytes }) => bytes));
    for (const [index, result] of results.entries()) {
      const mutation = batch[index];
      if (!mutation) throw new Error('each result is of one mutation');
      if (!('same' in result)) contained++;
      else if (!result.same) differing.push(mutation);
      else if (result.ended === 'ran') same++;
      else refused++;
      if ('leaked' in result) leaked += result.leaked;
    }
  }
  return { count, rejected, refused, same, contained, differing, leaked, slowestMsPerKiB };
};
