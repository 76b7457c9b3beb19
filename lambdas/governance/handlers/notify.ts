// governance-notify: makes deliveries of the contexts' events, fed by the queue behind the bus.
import { SQSClient } from '@aws-sdk/client-sqs';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { workTrace } from '../../shared/platform/trace.ts';
import { dynamoDeliveries } from '../adapters/dynamo-deliveries.ts';
import { dynamoWebhooks } from '../adapters/dynamo-webhooks.ts';
import { sqsDeliveries } from '../adapters/sqs-deliveries.ts';
import { webhooksEnv } from '../contract.ts';
import { consumeMessages } from '../routes/consume-messages.ts';
import { busEvent, notifyWebhooks } from '../routes/notify-webhooks.ts';

const env = readEnv(webhooksEnv);
const notify = notifyWebhooks({
  webhooks: dynamoWebhooks(documentClient(), env.GOVERNANCE_TABLE),
  deliveries: dynamoDeliveries(documentClient(), env.GOVERNANCE_TABLE),
  queue: sqsDeliveries(new SQSClient({ useQueueUrlAsEndpoint: false }), env.DELIVERY_QUEUE_URL),
  clock: Date.now,
});

export const handler = consumeMessages({
  schema: busEvent,
  work: async (event) => {
    const webhookCount = await notify(event);
    logWork('notify', {
      ...workTrace(event.detail.traceparent),
      eventId: event.detail.id,
      detailType: event['detail-type'],
      accountId: event.detail.accountId,
      webhookCount,
    });
  },
  onFault: logFault,
});
