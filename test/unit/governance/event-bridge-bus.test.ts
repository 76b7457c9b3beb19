import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import { eventBridgeBus } from '../../../lambdas/governance/adapters/event-bridge-bus.ts';

const event = (id: string) => ({
  table: 't',
  pk: 'outbox#0',
  id,
  source: 'aimass.registry',
  detailType: 'ModelPublished.v1',
  detail: JSON.stringify({ id }),
});
const a = event('evt_01JDA8Z5V4W1T4E5R6T7Y8V9P0');
const b = event('evt_01JDA8Z5V4W1T4E5R6T7Y8V9P1');

/** A client that refuses the details it is told to, so many times. */
const clientThatRefuses = (refusals: Record<string, number>) => {
  const calls: string[][] = [];
  const send = async (command: PutEventsCommand) => {
    const entries = command.input.Entries ?? [];
    calls.push(entries.map((entry) => JSON.parse(entry.Detail ?? '{}').id));
    return {
      Entries: entries.map((entry) => {
        const id: string = JSON.parse(entry.Detail ?? '{}').id;
        const times = refusals[id] ?? 0;
        refusals[id] = times - 1;
        return times > 0 ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' } : { EventId: id };
      }),
    };
  };
  return { client: { send } as unknown as EventBridgeClient, calls };
};

it('offers again only what was refused', async () => {
  const { client, calls } = clientThatRefuses({ [b.id]: 1 });
  expect(await eventBridgeBus(client, 'bus').publish([a, b])).toEqual([undefined, undefined]);
  expect(calls).toEqual([[a.id, b.id], [b.id]]);
});

it('tells what goes on being refused, and of nothing else', async () => {
  const { client, calls } = clientThatRefuses({ [a.id]: 99 });
  expect(await eventBridgeBus(client, 'bus').publish([a, b])).toEqual(['ThrottlingException: slow down', undefined]);
  expect(calls).toHaveLength(3);
});
