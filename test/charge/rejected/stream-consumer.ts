// A function behind a table's stream, as Lambda drives it: a batch is handed on when the last one is done, and again from
// its beginning when the function threw, died or took too long.
import * as z from 'zod';
import { usagePartition } from '../../../lambdas/billing/adapters/table-keys.ts';
import type { StreamRecord } from '../../support/dynamo-stream.ts';
import { fraction } from '../../support/faults.ts';
import type { SumSurroundings } from '../algorithm.ts';

const BATCH_COUNT = 40;
/** After it the function counts as dead, and its batch is handed on again; what it has under way may still be done. */
const TIMEOUT_MS = 500;

interface Mapping {
  readonly stream: SumSurroundings['stream'];
  batch: readonly StreamRecord[];
  busyUntilMs: number;
}

/** One for each table, outside the functions. */
const mappings = new Map<string, Mapping>();

const mappingOf = ({ table, stream }: SumSurroundings): Mapping => {
  const mapping = mappings.get(table) ?? { stream, batch: [], busyUntilMs: 0 };
  mappings.set(table, mapping);
  return mapping;
};

/**
 * @param parallel - parts of a batch that are consumed side by side; a part is in order
 * @returns hands on one batch; true when the stream is read to its end
 */
export const streamConsumer =
  (at: SumSurroundings, parallel: number, consume: (record: StreamRecord) => Promise<void>) =>
  async (): Promise<boolean> => {
    const mapping = mappingOf(at);
    if (performance.now() < mapping.busyUntilMs) return false;
    mapping.busyUntilMs = performance.now() + TIMEOUT_MS;
    try {
      if (mapping.batch.length === 0) mapping.batch = await mapping.stream.read(BATCH_COUNT);
      const { batch } = mapping;
      const parts = Array.from({ length: parallel }, (_, part) =>
        batch.filter(({ pk }) => Math.floor(fraction(pk) * parallel) === part),
      );
      await Promise.all(
        parts.map(async (records) => {
          for (const record of records) await consume(record);
        }),
      );
      mapping.batch = [];
      return batch.length === 0;
    } finally {
      mapping.busyUntilMs = 0;
    }
  };

const whole = z.bigint().transform(Number);
const eventImage = z.object({
  accountId: z.string(),
  model: z.string(),
  keyId: z.string().default('-'),
  rowCount: whole,
  amountMicros: z.bigint(),
});
export type StreamedEvent = z.output<typeof eventImage> & { readonly minute: string };

/** The event that the record tells of, if it is one. */
export const eventOf = ({ pk, sk, image, change }: StreamRecord): StreamedEvent | undefined =>
  sk.startsWith('inf_') && change === 'INSERT' && image && pk.includes('#')
    ? { ...eventImage.parse(image), minute: pk.split('#')[1] ?? '' }
    : undefined;

/** Adds an event to its minute's sum. */
export const addUpdate = (table: string, event: StreamedEvent) => ({
  TableName: table,
  Key: { pk: usagePartition(event.accountId), sk: `minute#${event.minute}#${event.model}#${event.keyId}` },
  UpdateExpression: 'SET #period = :period, #model = :model, #key = :key ADD #calls :one, #rows :rows, #amount :amount',
  ExpressionAttributeNames: {
    '#period': 'period',
    '#model': 'model',
    '#key': 'keyId',
    '#calls': 'calls',
    '#rows': 'rows',
    '#amount': 'amountMicros',
  },
  ExpressionAttributeValues: {
    ':period': event.minute,
    ':model': event.model,
    ':key': event.keyId,
    ':one': 1,
    ':rows': event.rowCount,
    ':amount': event.amountMicros,
  },
});
