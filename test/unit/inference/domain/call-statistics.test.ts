// Counts of calls: apart for each account, and never more than the bounds.
import { describe, expect, it } from 'vitest';
import { type CallOutcome, createCallStatistics } from '../../../../lambdas/inference/domain/call-statistics.ts';

const bounds = { accounts: 2, versionsPerAccount: 2, batchSizesPerVersion: 2 };
const times = { totalMs: 9.5, queueMs: 4, parseMs: 0.25, runMs: 2, encodeMs: 0.5 };

const call = (change: Partial<CallOutcome> = {}): CallOutcome => ({
  accountId: 'acc_1',
  model: 'acme.echo',
  version: '1.0.0',
  atMs: 1_000,
  result: { ok: true, rows: 3, times },
  ...change,
});

describe('statistics of calls', () => {
  it('add up counts and nanoseconds', () => {
    const statistics = createCallStatistics(bounds);
    statistics.count(call());
    statistics.count(call({ atMs: 2_000, result: { ok: true, rows: 1, times } }));
    statistics.count(call({ atMs: 3_000, result: { ok: false, totalMs: 7 } }));
    const batch = {
      computeInput: { count: 1, ns: 250_000 },
      computeInfer: { count: 1, ns: 2_000_000 },
      computeOutput: { count: 1, ns: 500_000 },
    };
    expect(statistics.of('acc_1')).toEqual([
      {
        model: 'acme.echo',
        version: '1.0.0',
        lastInferenceMs: 3_000,
        inferenceCount: 4,
        executionCount: 2,
        success: { count: 2, ns: 19_000_000 },
        fail: { count: 1, ns: 7_000_000 },
        queue: { count: 2, ns: 8_000_000 },
        whole: {
          computeInput: { count: 2, ns: 500_000 },
          computeInfer: { count: 2, ns: 4_000_000 },
          computeOutput: { count: 2, ns: 1_000_000 },
        },
        batches: new Map([
          [3, batch],
          [1, batch],
        ]),
      },
    ]);
  });

  it('are an account’s own', () => {
    const statistics = createCallStatistics(bounds);
    statistics.count(call());
    expect(statistics.of('acc_2')).toEqual([]);
  });

  it('keep what was called last, of accounts, versions and batch sizes', () => {
    const statistics = createCallStatistics(bounds);
    for (const version of ['1', '2', '1', '3']) statistics.count(call({ version }));
    expect(statistics.of('acc_1').map(({ version }) => version)).toEqual(['1', '3']);
    for (const rows of [1, 2, 1, 3]) statistics.count(call({ version: '3', result: { ok: true, rows, times } }));
    expect([...(statistics.of('acc_1').at(-1)?.batches.keys() ?? [])]).toEqual([1, 3]);
    for (const accountId of ['acc_2', 'acc_3']) statistics.count(call({ accountId }));
    expect(statistics.of('acc_1')).toEqual([]);
  });
});
