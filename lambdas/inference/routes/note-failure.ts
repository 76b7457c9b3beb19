/**
 * A run that failed. It counts against the version only when it cost the process that ran it, and only for inputs of the
 * size that the trial passed with: a caller who sends more than that, or nothing at all, breaks honest models too.
 */
import type { VersionFailures } from '../../registry/contract.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { within } from '../../shared/platform/within.ts';
import { exampleBytes, exampleShapes } from '../domain/example-inputs.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { NoteFailure } from '../ports.ts';

export interface NoteFailurePorts {
  readonly failures: VersionFailures;
  readonly clock: () => number;
  /** @default 1500 */
  readonly patienceMs?: number;
}

/** What the table does not take by then is not waited for: the caller's time to be charged and answered is running. */
const PATIENCE_MS = 1_500;
/** As large as a text of the trial counts (example-inputs.ts), whatever a call's text says within reason. */
const TEXT_BYTES = 8;
const TEXT_REASON_BYTES = 256;

export const noteFailure =
  ({ failures, clock, patienceMs = PATIENCE_MS }: NoteFailurePorts): NoteFailure =>
  async ({ published, inputs, outcome }) => {
    if (!('ended' in outcome) || !outcome.ended) return;
    const { signature, model, version, triedInputBytes } = published;
    // What the trial's process told of itself is no less than what any trial begins with.
    const limit = Math.max(triedInputBytes ?? 0, exampleBytes(signature, exampleShapes(signature)[0] ?? []));
    if (!isOrdinary(inputs, limit)) return;
    const kind = outcome.fault === 'model_timeout' ? 'timed_out' : 'crashed';
    try {
      const quarantined = await within(failures.note({ version: published, kind, nowMs: clock() }), patienceMs);
      logWork('version-failed', { model, version, kind, versionsQuarantined: quarantined ? 1 : 0 }, [
        'versionsQuarantined',
      ]);
    } catch (fault) {
      // The caller is told of the failed run all the same; an alarm tells of this one.
      logFault(`version-failed ${model} ${version}`, fault);
    }
  };

const isOrdinary = (inputs: readonly Tensor[], limitBytes: number): boolean => {
  if (inputs.some(({ shape }) => shape.includes(0))) return false;
  return inputs.reduce((sum, tensor) => sum + weightOf(tensor), 0) <= limitBytes;
};

const weightOf = ({ datatype, shape, data }: Tensor): number => {
  const count = shape.reduce((a, b) => a * b, 1);
  if (datatype !== 'BYTES' || data.length > count * TEXT_REASON_BYTES) return data.length;
  return count * TEXT_BYTES;
};
