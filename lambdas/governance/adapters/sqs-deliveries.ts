// The queue of attempts to be made.
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryQueue, DeliveryTask } from '../ports.ts';

const BATCH_COUNT = 10;

export const sqsDeliveries = (client: SQSClient, queueUrl: string): DeliveryQueue => ({
  put: async (tasks, delayMs = 0) => {
    for (let first = 0; first < tasks.length; first += BATCH_COUNT) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: tasks.slice(first, first + BATCH_COUNT).map((task, index) => ({
            Id: String(index),
            MessageBody: messageOf(task),
            // Of a standard queue: while one account's fill it, others' are handed out first.
            MessageGroupId: task.accountId,
            DelaySeconds: Math.ceil(delayMs / 1000),
          })),
        }),
      );
      if (Failed.length > 0) throw new Error(`the queue refused ${Failed.length} attempts: ${Failed[0]?.Code}`);
    }
  },
});

/** The four members alone: a delivery, which is a task too, has its payload with it. */
const messageOf = ({ accountId, webhookId, deliveryId, revision }: DeliveryTask) =>
  JSON.stringify({ accountId, webhookId, deliveryId, revision });
