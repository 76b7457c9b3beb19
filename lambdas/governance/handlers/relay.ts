// governance-relay: publishes events as they enter an outbox (DynamoDB streams), and every minute what was missed.
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { logFault, logWork } from '../../shared/platform/log.ts';
import { dynamoOutboxes } from '../adapters/dynamo-outboxes.ts';
import { eventBridgeBus } from '../adapters/event-bridge-bus.ts';
import { readStreamEvents } from '../adapters/stream-events.ts';
import { relayEnv } from '../contract.ts';
import { type RelayCount, relayEvents, requireNoneLeft, sweepOutboxes } from '../domain/relay-events.ts';

const env = readEnv(relayEnv);
const ports = {
  outboxes: dynamoOutboxes(documentClient(), env.OUTBOX_TABLES, logFault),
  bus: eventBridgeBus(new EventBridgeClient({}), env.EVENT_BUS_NAME),
  onLeft: (event: { readonly id: string }, reason: unknown) => logFault(event.id, reason),
};

const finished = (work: string, { publishedCount, leftCount }: RelayCount) =>
  logWork(work, { publishedCount, leftCount }, ['publishedCount', 'leftCount']);

/**
 * A stream's batch never fails: an event that could not be delivered stays in its outbox, where the sweep finds it. The
 * sweep does all it can and then fails when events stay even so: nobody else would tell of them.
 */
export const handler = async (event: unknown): Promise<void> => {
  const fresh = readStreamEvents(event, logFault);
  if (fresh) return finished('relay', await relayEvents(ports, fresh));
  const swept = await sweepOutboxes(ports, Date.now());
  finished('sweep', swept);
  requireNoneLeft(swept);
};
