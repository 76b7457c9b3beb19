import { describe, expect, it } from 'vitest';
import { batchEvents } from '../../../lambdas/governance/domain/batch-events.ts';
import {
  relayEvents,
  requireNoneLeft,
  SWEEP_AFTER_MS,
  sweepOutboxes,
} from '../../../lambdas/governance/domain/relay-events.ts';
import type { EventBus, OutboxEvent, Outboxes } from '../../../lambdas/governance/ports.ts';

const event = (id: string, detail = '{}'): OutboxEvent => ({
  table: 'aimass-dev-registry',
  pk: 'outbox#0',
  id,
  source: 'aimass.registry',
  detailType: 'ModelPublished.v1',
  detail,
});

const events = (count: number) => Array.from({ length: count }, (_, index) => event(`evt_${index}`));

/** Outbox and bus in memory. `refuse` names the ids the bus will not take. */
const world = (waiting: readonly OutboxEvent[], refuse: readonly string[] = []) => {
  const inbox = new Map(waiting.map((one) => [one.id, one]));
  const published: string[] = [];
  const left: string[] = [];
  const bus: EventBus = {
    publish: async (batch) =>
      batch.map(({ id }) => {
        if (refuse.includes(id)) return 'ThrottlingException: slow down';
        published.push(id);
        return undefined;
      }),
  };
  const outboxes: Outboxes = {
    async *waitingSince(beforeMs) {
      asked.push(beforeMs);
      yield [...inbox.values()];
    },
    remove: async ({ id }) => {
      inbox.delete(id);
    },
  };
  const asked: number[] = [];
  return { bus, outboxes, onLeft: ({ id }: OutboxEvent) => left.push(id), inbox, published, left, asked };
};

describe('relayEvents', () => {
  it('publishes every event once and empties the outbox', async () => {
    const some = events(23);
    const place = world(some);
    expect(await relayEvents(place, some)).toEqual({ publishedCount: 23, leftCount: 0 });
    expect(place.published).toEqual(some.map(({ id }) => id));
    expect(place.inbox.size).toBe(0);
  });

  it('leaves what the bus refuses in the outbox, and delivers the rest of its batch', async () => {
    const some = events(3);
    const place = world(some, ['evt_1']);
    expect(await relayEvents(place, some)).toEqual({ publishedCount: 2, leftCount: 1 });
    expect([...place.inbox.keys()]).toEqual(['evt_1']);
    expect(place.left).toEqual(['evt_1']);
  });

  it('removes nothing when the bus cannot be reached', async () => {
    const some = events(12);
    const place = world(some);
    const unreachable: EventBus = {
      publish: async () => {
        throw new Error('socket hang up');
      },
    };
    expect(await relayEvents({ ...place, bus: unreachable }, some)).toEqual({ publishedCount: 0, leftCount: 12 });
    expect(place.inbox.size).toBe(12);
  });

  it('repeats an event whose removal failed, rather than lose it', async () => {
    const some = events(1);
    const place = world(some);
    const stuck = {
      ...place,
      outboxes: {
        ...place.outboxes,
        remove: async () => {
          throw new Error('throttled');
        },
      },
    };
    expect(await relayEvents(stuck, some)).toEqual({ publishedCount: 0, leftCount: 1 });
    await sweepOutboxes(place, Date.now());
    expect(place.published).toEqual(['evt_0', 'evt_0']);
    expect(place.inbox.size).toBe(0);
  });
});

describe('sweepOutboxes', () => {
  it('delivers what waits, and asks only for what the stream had its time for', async () => {
    const place = world(events(2));
    expect(await sweepOutboxes(place, 1_000_000)).toEqual({ publishedCount: 2, leftCount: 0 });
    expect(place.asked).toEqual([1_000_000 - SWEEP_AFTER_MS]);
    expect(place.inbox.size).toBe(0);
  });

  it('fails only at its end, when events stay although it tried them all', async () => {
    const place = world(events(3), ['evt_0']);
    const swept = await sweepOutboxes(place, 1_000_000);
    expect(place.published).toEqual(['evt_1', 'evt_2']);
    expect(() => requireNoneLeft(swept)).toThrow('left 1 events');
    expect(() => requireNoneLeft({ publishedCount: 2, leftCount: 0 })).not.toThrow();
  });
});

describe('batchEvents', () => {
  it('puts at most ten events into a call', () => {
    expect(batchEvents(events(21)).map((batch) => batch.length)).toEqual([10, 10, 1]);
  });

  it('stays under the size of a call, and leaves an event too large for any alone', () => {
    const kib = (count: number) => 'x'.repeat(count * 1024);
    const batches = batchEvents([
      event('a', kib(100)),
      event('b', kib(100)),
      event('c', kib(100)),
      event('d', kib(300)),
    ]);
    expect(batches.map((batch) => batch.map(({ id }) => id))).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('makes no call for nothing', () => {
    expect(batchEvents([])).toEqual([]);
  });
});
