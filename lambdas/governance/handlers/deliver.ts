// governance-deliver: calls webhooks, fed by the queue of attempts; each minute it puts there what has come due.
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoDeliveries } from '../adapters/dynamo-deliveries.ts';
import { dynamoProbes } from '../adapters/dynamo-probes.ts';
import { dynamoWebhooks } from '../adapters/dynamo-webhooks.ts';
import { httpsSender } from '../adapters/https-sender.ts';
import { kmsOpener } from '../adapters/kms-secrets.ts';
import { signMessage } from '../adapters/sign-message.ts';
import { sqsDeliveries } from '../adapters/sqs-deliveries.ts';
import { deliverEnv } from '../contract.ts';
import { consumeMessages } from '../routes/consume-messages.ts';
import { deliverWebhook } from '../routes/deliver-webhook.ts';
import { sweepDeliveries } from '../routes/sweep-deliveries.ts';

const env = readEnv(deliverEnv);
/** Well within the function's time. */
const SWEEP_MS = 15_000;

const ports = {
  webhooks: dynamoWebhooks(documentClient(), env.GOVERNANCE_TABLE),
  deliveries: dynamoDeliveries(documentClient(), env.GOVERNANCE_TABLE),
  queue: sqsDeliveries(new SQSClient({ useQueueUrlAsEndpoint: false }), env.DELIVERY_QUEUE_URL),
  clock: Date.now,
};

const deliver = consumeMessages({
  schema: z.object({ accountId: z.string(), webhookId: z.string(), deliveryId: z.string(), revision: z.int() }),
  work: deliverWebhook({
    ...ports,
    probes: dynamoProbes(documentClient(), env.GOVERNANCE_TABLE),
    secrets: kmsOpener(new KMSClient({}), env.WEBHOOK_KEY),
    sender: httpsSender({ privateHosts: env.WEBHOOK_PRIVATE_HOSTS }),
    sign: signMessage,
    random: Math.random,
    // Never where to, nor what: a URL may hold what only its owner should know.
    onAttempt: ({ accountId, webhookId, deliveryId, type, attemptCount, state }, { status, error, durationMs }) =>
      logWork('deliver', { accountId, webhookId, deliveryId, type, attemptCount, state, status, error, durationMs }, [
        'durationMs',
      ]),
  }),
  onFault: logFault,
});

const sweep = sweepDeliveries(ports);

export const handler = async (event: unknown) => {
  if (typeof event === 'object' && event !== null && 'Records' in event) return deliver(event);
  const sweptCount = await sweep(Date.now() + SWEEP_MS);
  logWork('deliver_sweep', { sweptCount }, ['sweptCount']);
  return undefined;
};
