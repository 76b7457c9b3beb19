import { expect, it } from 'vitest';
import { rowLimitOf } from '../../../lambdas/registry/domain/row-limit.ts';

const work = { fixed: 0, perRow: 100 };
const timed = (...compiledMs: number[]) =>
  compiledMs.map((ms, index) => ({ rows: 4 ** index, nativeMs: 1, compiledMs: ms }));

it.each<{ why: string; times: number[]; limit: number | undefined }>([
  { why: 'all that were tried are faster', times: [0.1, 0.2, 0.5], limit: 16 },
  { why: 'the larger ones are slower', times: [0.1, 0.2, 1.2, 0.5], limit: 4 },
  { why: 'a larger one is about equal', times: [0.1, 1.09, 1.11], limit: 4 },
  { why: 'one row is about equal', times: [1.01, 0.5], limit: undefined },
  { why: 'one row is equal', times: [1], limit: 1 },
  { why: 'nothing was timed', times: [], limit: undefined },
])('is $limit where $why', ({ times, limit }) => {
  expect(rowLimitOf(timed(...times), work)).toBe(limit);
});

it('needs the time of one row', () => {
  expect(rowLimitOf([{ rows: 4, nativeMs: 1, compiledMs: 0.1 }], work)).toBeUndefined();
});

it('is no more than what one call may take, whatever the times say', () => {
  expect(rowLimitOf(timed(0.1, 0.1, 0.1), { fixed: 10_000_000, perRow: 8_000_000 })).toBe(5);
  expect(rowLimitOf(timed(0.1, 0.1, 0.1), { fixed: 49_000_000, perRow: 2_000_000 })).toBeUndefined();
});
