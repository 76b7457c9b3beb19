/** The index queue's batches: whatever was told of models, their names once; all of a batch succeeds, or none. */
import * as z from 'zod';
import { modelNamePattern } from '../../shared/kernel/ids.ts';
import type { IndexOutcome } from './index-models.ts';

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
const told = z.object({
  source: z.literal('aimass.registry'),
  detail: z.object({ at: z.string(), subject: z.string() }),
});

export interface ConsumeModelEventsPorts {
  readonly index: (names: readonly string[]) => Promise<IndexOutcome>;
  readonly onFault: (messageId: string, fault: unknown) => void;
  readonly onDone: (figures: Readonly<Record<string, string | number>>) => void;
  readonly clock: () => number;
}

/** @returns SQS's partial batch answer: the messages to deliver again */
export const consumeModelEvents =
  ({ index, onFault, onDone, clock }: ConsumeModelEventsPorts) =>
  async (event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const startedMs = clock();
    const { Records } = batch.parse(event);
    const names = new Set<string>();
    const read: string[] = [];
    const failed: string[] = [];
    let oldestMs = startedMs;
    for (const { messageId, body } of Records) {
      try {
        const { subject, at } = told.parse(JSON.parse(body)).detail;
        // Of what has another subject there is nothing to index.
        if (modelNamePattern.test(subject)) names.add(subject);
        oldestMs = Math.min(oldestMs, Date.parse(at) || startedMs);
        read.push(messageId);
      } catch (fault) {
        onFault(messageId, fault);
        failed.push(messageId);
      }
    }
    try {
      const outcome = names.size > 0 ? await index([...names]) : 'nothing';
      const endedMs = clock();
      onDone({ outcome, modelCount: names.size, staleMs: endedMs - oldestMs, durationMs: endedMs - startedMs });
    } catch (fault) {
      for (const messageId of read) onFault(messageId, fault);
      failed.push(...read);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
