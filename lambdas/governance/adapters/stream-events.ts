// Reads a DynamoDB stream's batch into outbox events. Each record is caught by itself: a poisoned one is told of and left.
import * as z from 'zod';
import type { OutboxEvent } from '../ports.ts';
import { toOutboxEvent } from './dynamo-outboxes.ts';

const batch = z.object({ Records: z.array(z.unknown()) });

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const insert = z.object({
  eventName: z.literal('INSERT'),
  /** `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>` */
  eventSourceARN: z.string().regex(/:table\/[^/]+\//),
  dynamodb: z.object({
    NewImage: z.object({
      pk: text,
      sk: text,
      schema: z.object({ N: z.string() }).transform(({ N }) => Number(N)),
      source: text,
      detailType: text,
      detail: text,
    }),
  }),
});

const isOutboxInsert = z.object({
  eventName: z.literal('INSERT'),
  dynamodb: z.object({ Keys: z.object({ pk: z.object({ S: z.string().startsWith('outbox#') }) }) }),
});

const tableOf = (arn: string): string => arn.split(':table/')[1]?.split('/')[0] ?? '';

/**
 * @param onUnreadable - told of a record that looks like an outbox event and is none
 * @returns undefined when the event is no stream batch, but a schedule's tick
 */
export const readStreamEvents = (
  event: unknown,
  onUnreadable: (where: string, fault: unknown) => void,
): OutboxEvent[] | undefined => {
  const parsed = batch.safeParse(event);
  if (!parsed.success) return undefined;
  return parsed.data.Records.flatMap((record) => {
    // The trigger filters already; an unfiltered delivery is not an error.
    if (!isOutboxInsert.safeParse(record).success) return [];
    try {
      const { eventSourceARN, dynamodb } = insert.parse(record);
      return [toOutboxEvent(tableOf(eventSourceARN), dynamodb.NewImage)];
    } catch (fault) {
      onUnreadable('stream record', fault);
      return [];
    }
  });
};
