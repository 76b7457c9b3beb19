// The count queue: what a sealed minute adds to model and caller, and that a message counts once however it comes.
import { describe, expect, it } from 'vitest';
import { countUsage, isStep } from '../../../lambdas/registry/domain/count-usage.ts';
import type { CountedEvent, UsageCounts, UsedBetween } from '../../../lambdas/registry/ports/usage-counts.ts';
import { consumeUsage } from '../../../lambdas/registry/routes/consume-usage.ts';

const CALLER = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const OTHER = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P9';
const at = (minute: string) => Date.parse(`${minute}:00Z`);

const memory = () => {
  const users = new Map<string, UsedBetween & { callCount: number }>();
  const stats = new Map<string, { callCount: number; callerCount: number; toldCallCount: number }>();
  const marks = new Set<string>();
  const told: CountedEvent[] = [];
  /** Called between a reading and the writing that follows it. */
  const beforeCount: (() => Promise<unknown>)[] = [];
  const usage: UsageCounts = {
    read: async (accountId, models) =>
      models.map((model) => ({
        model,
        user: users.get(`${model} ${accountId}`),
        callCount: stats.get(model)?.callCount ?? 0,
        toldCallCount: stats.get(model)?.toldCallCount ?? 0,
      })),
    count: async (event) => {
      await beforeCount.shift()?.();
      if (marks.has(event.eventId)) return 'known';
      const of = (model: string) => users.get(`${model} ${event.accountId}`);
      if (event.counts.some(({ model, before }) => of(model)?.lastUsedAtMs !== before?.lastUsedAtMs)) return 'changed';
      marks.add(event.eventId);
      for (const { model, calls, before, after, told: step } of event.counts) {
        users.set(`${model} ${event.accountId}`, { ...after, callCount: (of(model)?.callCount ?? 0) + calls });
        const sums = stats.get(model) ?? { callCount: 0, callerCount: 0, toldCallCount: 0 };
        stats.set(model, {
          callCount: sums.callCount + calls,
          callerCount: sums.callerCount + (before ? 0 : 1),
          toldCallCount: step ?? sums.toldCallCount,
        });
      }
      if (event.counts.some(({ told: step }) => step !== undefined)) told.push(event);
      return 'counted';
    },
  };
  return { usage, users, stats, told, beforeCount };
};

let nextId = 0;
const message = (
  minute: string,
  models: readonly { model: string; calls: number }[],
  { accountId = CALLER, id = `evt_${nextId++}` } = {},
) => ({
  messageId: id,
  body: JSON.stringify({
    source: 'aimass.billing',
    'detail-type': 'UsageSealed.v1',
    detail: { id, accountId, data: { minute, models: models.map((one) => ({ ...one, rows: 1 })) } },
  }),
});

const setup = () => {
  const store = memory();
  const faults: string[] = [];
  const figures: Readonly<Record<string, number>>[] = [];
  const consume = consumeUsage({
    usage: store.usage,
    models: {
      find: async (name) => (name === 'acme.gone' ? undefined : ({ name, ownerAccountId: 'acc_acme' } as never)),
    },
    onFault: (messageId) => faults.push(messageId),
    onDone: (done) => figures.push(done),
    clock: () => 0,
  });
  return { ...store, consume: (...Records: object[]) => consume({ Records }), faults, figures };
};

describe('a sealed minute', () => {
  it('adds its calls to the model and to who made them', async () => {
    const { consume, users, stats } = setup();
    await consume(
      message('2026-11-23T20:46', [
        { model: 'acme.iris', calls: 2 },
        { model: 'acme.wine', calls: 1 },
      ]),
      message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 5 }], { accountId: OTHER }),
      message('2026-11-23T20:49', [{ model: 'acme.iris', calls: 3 }]),
    );
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 10, callerCount: 2 });
    expect(stats.get('acme.wine')).toMatchObject({ callCount: 1, callerCount: 1 });
    expect(users.get(`acme.iris ${CALLER}`)).toEqual({
      callCount: 5,
      firstUsedAtMs: at('2026-11-23T20:46'),
      lastUsedAtMs: at('2026-11-23T20:49'),
    });
  });

  it('says the same of first and last use in whatever order minutes come', async () => {
    const { consume, users } = setup();
    for (const minute of ['2026-11-23T20:46', '2026-11-23T20:40', '2026-11-23T20:43'])
      await consume(message(minute, [{ model: 'acme.iris', calls: 1 }]));
    expect(users.get(`acme.iris ${CALLER}`)).toEqual({
      callCount: 3,
      firstUsedAtMs: at('2026-11-23T20:40'),
      lastUsedAtMs: at('2026-11-23T20:46'),
    });
  });

  it('is counted once, however often it is delivered', async () => {
    const { consume, stats, figures } = setup();
    const one = message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 2 }]);
    await consume(one, one);
    await consume(one);
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 2, callerCount: 1 });
    expect(figures.map(({ countedCount, knownCount }) => [countedCount, knownCount])).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it('counts a new caller once when another of its minutes is counted at the same time', async () => {
    const { consume, stats, beforeCount } = setup();
    beforeCount.push(() => consume(message('2026-11-23T20:47', [{ model: 'acme.iris', calls: 1 }])));
    await consume(message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 2 }]));
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 3, callerCount: 1 });
  });

  it('takes back what a minute that was counted again holds less', async () => {
    const { consume, stats } = setup();
    await consume(message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 5 }]));
    await consume(message('2026-11-23T20:46', [{ model: 'acme.iris', calls: -2 }]));
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 3, callerCount: 1 });
  });

  it('that cannot be read is delivered again, and keeps no other from being counted', async () => {
    const { consume, stats, faults } = setup();
    const bad = { messageId: 'bad', body: '{"source":"aimass.billing"}' };
    const answer = await consume(bad, message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 2 }]));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(faults).toEqual(['bad']);
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 2 });
  });
});

describe('search', () => {
  it('is told of a model’s first call, and then of each hundredth more', () => {
    const steps: number[] = [];
    for (let [calls, told] = [1, 0]; calls <= 10_000; calls++) {
      if (!isStep(calls, told)) continue;
      told = calls;
      steps.push(calls);
    }
    expect(steps.slice(0, 3)).toEqual([1, 2, 3]);
    expect(steps.slice(-1)[0]).toBeGreaterThan(9_900);
    for (const [index, step] of steps.entries()) expect(step).toBeLessThanOrEqual((steps[index - 1] ?? 1) * 1.01 + 1);
    // A call each minute, for a week: it is told of every seventeenth on average, and ever more rarely.
    expect(steps.length).toBeLessThan(600);
  });

  it('is not told while a model’s calls stay what they are, or fall', () => {
    expect([isStep(0, 0), isStep(5, 5), isStep(4, 5)]).toEqual([false, false, false]);
  });

  it('is told of the step in the transaction that makes it, as of the model’s account', async () => {
    const { consume, told, stats } = setup();
    await consume(message('2026-11-23T20:46', [{ model: 'acme.iris', calls: 1000 }]));
    await consume(message('2026-11-23T20:47', [{ model: 'acme.iris', calls: 9 }]));
    await consume(message('2026-11-23T20:48', [{ model: 'acme.iris', calls: 1 }]));
    expect(told.map(({ counts, owners }) => [counts[0]?.told, owners.get('acme.iris')])).toEqual([
      [1000, 'acc_acme'],
      [1010, 'acc_acme'],
    ]);
    expect(stats.get('acme.iris')).toMatchObject({ callCount: 1010, toldCallCount: 1010 });
  });

  it('is not told of what is no model', async () => {
    const { consume, told, faults } = setup();
    await consume(message('2026-11-23T20:46', [{ model: 'acme.gone', calls: 1 }]));
    expect(told.map(({ owners }) => owners.size)).toEqual([0]);
    expect(faults).toEqual([]);
  });

  it('is told by what the model’s calls are with these', () => {
    const known = { model: 'acme.iris', user: undefined, callCount: 99, toldCallCount: 100 };
    const usage = { minute: '2026-11-23T20:46', models: [{ model: 'acme.iris', calls: 2 }] };
    expect(countUsage(usage, [known])[0]?.told).toBe(101);
  });
});
