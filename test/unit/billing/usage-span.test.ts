import { describe, expect, it } from 'vitest';
import { usageSpan } from '../../../lambdas/billing/domain/usage-span.ts';

const nowMs = Date.parse('2026-11-23T20:46:12.345Z');
const ask = (from?: string, to?: string, byHour = false) => {
  const { fromMs, toMs } = usageSpan({ from, to, byHour }, nowMs);
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
};

describe('the span of a usage request', () => {
  it.each([
    { why: 'this month so far', from: undefined, to: undefined, span: ['2026-11-01T00:00', '2026-11-23T20:47'] },
    { why: 'one whole day', from: '2026-11-23', to: '2026-11-23', span: ['2026-11-23T00:00', '2026-11-24T00:00'] },
    {
      why: 'instants widen to their minutes',
      from: '2026-11-23T10:00:59.999Z',
      to: '2026-11-23T10:02:00.001Z',
      span: ['2026-11-23T10:00', '2026-11-23T10:03'],
    },
    {
      why: 'offsets count',
      from: '2026-11-23T01:00:00+01:00',
      to: '2026-11-23T02:00:00+01:00',
      span: ['2026-11-23T00:00', '2026-11-23T01:00'],
    },
    { why: 'a leap year', from: '2024-01-01', to: '2024-12-31', span: ['2024-01-01T00:00', '2025-01-01T00:00'] },
  ])('is $why', ({ from, to, span }) => {
    expect(ask(from, to).map((text) => text.slice(0, 16))).toEqual(span);
  });

  it.each([
    { why: 'it ends before it begins', from: '2026-11-23', to: '2026-11-22' },
    { why: 'it is empty', from: '2026-11-23T10:00:00Z', to: '2026-11-23T10:00:00Z' },
    { why: 'it has 367 days', from: '2025-01-01', to: '2026-01-02' },
  ])('is refused when $why', ({ from, to }) => {
    expect(() => ask(from, to)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  it('takes 31 days by hour, and no more', () => {
    expect(() => ask('2026-10-01', '2026-10-31', true)).not.toThrow();
    expect(() => ask('2026-10-01', '2026-11-01', true)).toThrow(/at most 31 days/);
  });
});
