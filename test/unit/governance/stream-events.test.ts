import { expect, it } from 'vitest';
import { readStreamEvents } from '../../../lambdas/governance/adapters/stream-events.ts';
import { outboxItem } from '../../../lambdas/shared/platform/events.ts';

const item = outboxItem(
  { source: 'aimass.registry', type: 'VersionCompleted.v1', accountId: 'acc_1', subject: 'acme.iris', data: { a: 1 } },
  Date.UTC(2026, 10, 23),
);

const record = (changes: object = {}) => {
  const { schema, ...texts } = item;
  const image = {
    ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { S: value }])),
    schema: { N: String(schema) },
  };
  return {
    eventName: 'INSERT',
    eventSourceARN:
      'arn:aws:dynamodb:eu-central-1:000000000000:table/aimass-dev-registry/stream/2026-11-23T00:00:00.000',
    dynamodb: { Keys: { pk: { S: item.pk }, sk: { S: item.sk } }, NewImage: { ...image, ...changes } },
  };
};

const read = (event: unknown) => {
  const unreadable: string[] = [];
  return { events: readStreamEvents(event, (where) => unreadable.push(where)), unreadable };
};

it('reads an outbox item of a stream into the event that was written', () => {
  expect(read({ Records: [record()] })).toEqual({
    events: [
      {
        table: 'aimass-dev-registry',
        pk: item.pk,
        id: item.sk,
        source: 'aimass.registry',
        detailType: 'VersionCompleted.v1',
        detail: item.detail,
      },
    ],
    unreadable: [],
  });
});

it('passes over a record of another item, and over a removal', () => {
  const other = { ...record(), dynamodb: { Keys: { pk: { S: 'model#acme.iris' }, sk: { S: 'model' } } } };
  expect(read({ Records: [other, { ...record(), eventName: 'REMOVE' }] })).toEqual({ events: [], unreadable: [] });
});

it('tells of an unreadable record and still reads its neighbours', () => {
  const { events, unreadable } = read({ Records: [record({ detail: { N: '7' } }), record()] });
  expect(events?.map(({ id }) => id)).toEqual([item.sk]);
  expect(unreadable).toHaveLength(1);
});

it('takes an event without records for a tick of the schedule', () => {
  expect(read({ source: 'aws.events', 'detail-type': 'Scheduled Event' }).events).toBeUndefined();
});
