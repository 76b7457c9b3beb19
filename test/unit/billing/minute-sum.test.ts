// What of a minute counts for the models that were called, and how much of it is still to be told.
import { describe, expect, it } from 'vitest';
import { countedOf, USAGE_EVENT_MODELS } from '../../../lambdas/billing/domain/counted-usage.ts';
import { type MinuteSum, minuteParts, sumMinute } from '../../../lambdas/billing/domain/minute-sum.ts';
import { usageSealedData } from '../../../lambdas/billing/event-data.ts';
import { CONSUMER, PUBLISHER } from './charge-request.ts';

const MINUTE = '2026-11-22T22:57';

const event = (changes: Partial<MinuteSum> = {}): MinuteSum => ({
  period: MINUTE,
  model: 'acme.iris',
  keyId: '-',
  calls: 1,
  rows: 3,
  amountMicros: 230n,
  counted: { calls: 1, rows: 3 },
  ...changes,
});

describe('a call', () => {
  const call = { accountId: CONSUMER, ownerAccountId: PUBLISHER, outcome: undefined, rowCount: 3 };

  it('counts for the model with its rows', () => {
    expect(countedOf(call)).toEqual({ calls: 1, rows: 3 });
  });

  it('counts for nothing when its publisher made it, or when it was not answered', () => {
    expect(countedOf({ ...call, accountId: PUBLISHER })).toEqual({ calls: 0, rows: 0 });
    expect(countedOf({ ...call, outcome: 'timed_out' })).toEqual({ calls: 0, rows: 0 });
  });
});

describe('the sums of a minute', () => {
  const own = event({ counted: { calls: 0, rows: 0 } });
  const sums = sumMinute(MINUTE, [event(), own, event({ keyId: 'key_1' }), event({ model: 'acme.wine', rows: 0 })]);

  it('hold per model and key what counts beside what was charged', () => {
    expect(sums).toEqual([
      event({ calls: 2, rows: 6, amountMicros: 460n }),
      event({ keyId: 'key_1' }),
      event({ model: 'acme.wine', rows: 0 }),
    ]);
  });

  it('are told per model, whatever the key', () => {
    expect(minuteParts([], sums).map(({ models }) => models)).toEqual([
      [
        { model: 'acme.iris', calls: 2, rows: 6 },
        { model: 'acme.wine', calls: 1, rows: 3 },
      ],
    ]);
  });

  it('are left alone where they are there already', () => {
    expect(minuteParts(sums, sums)).toEqual([]);
  });

  it('are told by the difference where more was found', () => {
    const [part] = minuteParts([event()], sums);
    expect(part?.changes.map(({ before }) => before)).toEqual([event(), undefined, undefined]);
    expect(part?.models).toEqual([
      { model: 'acme.iris', calls: 1, rows: 3 },
      { model: 'acme.wine', calls: 1, rows: 3 },
    ]);
  });

  it('are told whole where they were sealed before anything was told', () => {
    const { counted: _, ...old } = event();
    expect(minuteParts([old], [event()])).toMatchObject([{ models: [{ model: 'acme.iris', calls: 1, rows: 3 }] }]);
  });

  it('are written and tell nothing where only the publisher called', () => {
    expect(minuteParts([], [own])).toEqual([{ changes: [{ sum: own, before: undefined }], models: [] }]);
  });

  it('of many models come in parts of which each is one event', () => {
    const count = 2 * USAGE_EVENT_MODELS + 1;
    const many = Array.from({ length: count }, (_, index) => event({ model: `acme.m-${index}` }));
    const parts = minuteParts([], many);
    expect(parts.map(({ changes }) => changes.length)).toEqual([USAGE_EVENT_MODELS, USAGE_EVENT_MODELS, 1]);
    for (const { models } of parts) expect(usageSealedData.parse({ minute: MINUTE, models }).models).toEqual(models);
    // Who died after the first part goes on with the second.
    expect(minuteParts(many.slice(0, USAGE_EVENT_MODELS), many)).toEqual(parts.slice(1));
  });
});
