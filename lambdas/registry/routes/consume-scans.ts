/** The scan queue's batches: each message is answered for itself; the last try of one that never succeeds rejects. */
import * as z from 'zod';
import type { EventDetail } from '../../shared/platform/events.ts';
import { beginTrace, inTrace, workTrace } from '../../shared/platform/trace.ts';
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
    traceparent: z.string().optional(),
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
        const { data: target, traceparent } = completed.parse(JSON.parse(body)).detail;
        const last = attributes.ApproximateReceiveCount >= SCAN_ATTEMPT_COUNT;
        const judge = () =>
          scan(target).catch((fault: unknown) => {
            if (!last) throw fault;
            onFault(messageId, fault);
            return reject(target);
          });
        const ended = await inTrace(beginTrace({ traceparent }, startedMs), judge);
        onDone({
          ...workTrace(traceparent),
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
