/** The scan queue's batches: each message is answered for itself; the last try of one that never succeeds rejects. */
import { z } from 'zod';
import type { EventDetail } from '../../shared/platform/events.ts';
import { SCAN_ATTEMPT_COUNT, versionCompletedData } from '../contract.ts';
import type { ScanOutcome } from './scan-version.ts';

const batch = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int() }),
    }),
  ),
});

const completed = z.object({
  source: z.literal('aimass.registry'),
  'detail-type': z.literal('VersionCompleted.v1'),
  detail: z.object({
    id: z.string(),
    at: z.string(),
    accountId: z.string(),
    subject: z.string(),
    data: versionCompletedData,
  }) satisfies z.ZodType<EventDetail<z.output<typeof versionCompletedData>>>,
});

type Target = z.output<typeof versionCompletedData>;

export interface ConsumeScansPorts {
  readonly scan: (target: Target) => Promise<ScanOutcome>;
  readonly reject: (target: Target) => Promise<ScanOutcome>;
  readonly onFault: (messageId: string, fault: unknown) => void;
  readonly onDone: (figures: Readonly<Record<string, string | number>>) => void;
  readonly clock: () => number;
}

/** @returns SQS's partial batch answer: the messages to deliver again */
export const consumeScans =
  ({ scan, reject, onFault, onDone, clock }: ConsumeScansPorts) =>
  async (event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { messageId, body, attributes } of batch.parse(event).Records) {
      const startedMs = clock();
      try {
        const target = completed.parse(JSON.parse(body)).detail.data;
        const last = attributes.ApproximateReceiveCount >= SCAN_ATTEMPT_COUNT;
        const ended = await scan(target).catch((fault: unknown) => {
          if (!last) throw fault;
          onFault(messageId, fault);
          return reject(target);
        });
        onDone({
          ...target,
          ...ended,
          durationMs: clock() - startedMs,
          receiveCount: attributes.ApproximateReceiveCount,
        });
      } catch (fault) {
        onFault(messageId, fault);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
