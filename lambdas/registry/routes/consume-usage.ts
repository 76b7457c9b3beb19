/** The count queue's batches: each sealed minute of an account is counted for the models that it called, once. */
import * as z from 'zod';
import { usageSealedData } from '../../billing/contract.ts';
import { countUsage } from '../domain/count-usage.ts';
import type { UsageCount, UsageCounts } from '../ports/usage-counts.ts';
import type { ModelStore } from '../ports.ts';

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
const sealed = z.object({
  source: z.literal('aimass.billing'),
  'detail-type': z.literal('UsageSealed.v1'),
  detail: z.object({ id: z.string(), accountId: z.string(), data: usageSealedData }),
});

/** Two events of one account and model may be under way at once, hardly more. */
const TRIES = 5;

export interface ConsumeUsagePorts {
  readonly usage: UsageCounts;
  readonly models: Pick<ModelStore, 'find'>;
  readonly onFault: (messageId: string, fault: unknown) => void;
  readonly onDone: (figures: Readonly<Record<string, number>>) => void;
  readonly clock: () => number;
}

/** @returns SQS's partial batch answer: the messages to deliver again */
export const consumeUsage =
  (ports: ConsumeUsagePorts) =>
  async (event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const startedMs = ports.clock();
    const batchItemFailures: { itemIdentifier: string }[] = [];
    const done = { countedCount: 0, knownCount: 0 };
    for (const { messageId, body } of batch.parse(event).Records) {
      try {
        const outcome = await countOne(ports, sealed.parse(JSON.parse(body)).detail);
        done[outcome === 'counted' ? 'countedCount' : 'knownCount']++;
      } catch (fault) {
        ports.onFault(messageId, fault);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    ports.onDone({ ...done, failedCount: batchItemFailures.length, durationMs: ports.clock() - startedMs });
    return { batchItemFailures };
  };

const countOne = async (
  { usage, models, clock }: ConsumeUsagePorts,
  { id: eventId, accountId, data }: z.output<typeof sealed>['detail'],
): Promise<'counted' | 'known'> => {
  const names = data.models.map(({ model }) => model);
  for (let tries = 0; tries < TRIES; tries++) {
    const counts = countUsage(data, await usage.read(accountId, names));
    const owners = await ownersOf(models, counts);
    const outcome = await usage.count({ eventId, accountId, counts, owners, nowMs: clock() });
    if (outcome !== 'changed') return outcome;
  }
  throw new Error(`the users of ${names.join(', ')} were changed by others ${TRIES} times`);
};

const ownersOf = async (
  models: Pick<ModelStore, 'find'>,
  counts: readonly UsageCount[],
): Promise<ReadonlyMap<string, string>> => {
  const told = counts.filter((count) => count.told !== undefined);
  const found = await Promise.all(told.map(({ model }) => models.find(model)));
  return new Map(found.flatMap((model) => (model ? [[model.name, model.ownerAccountId] as const] : [])));
};
