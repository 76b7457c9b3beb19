import { describe, expect, it } from 'vitest';
import { createMarks } from '../../../lambdas/billing/domain/marks.ts';
import { CONSUMER, PUBLISHER } from './charge-request.ts';

const setup = () => {
  const written: string[] = [];
  let fails = false;
  const open = createMarks(async (accountId, period) => {
    if (fails) throw new Error('no answer');
    written.push(`${accountId} ${period}`);
  });
  return { open, written, fail: (yes: boolean) => (fails = yes) };
};

describe('opening a minute', () => {
  it('marks the minute, its hour and its day', async () => {
    const { open, written } = setup();
    await open(CONSUMER, '2026-11-23T20:46');
    expect(written.sort()).toEqual(
      ['2026-11-23', '2026-11-23T20', '2026-11-23T20:46'].map((period) => `${CONSUMER} ${period}`),
    );
  });

  it('writes nothing again for calls at once or later, and one item for the next minute', async () => {
    const { open, written } = setup();
    await Promise.all([open(CONSUMER, '2026-11-23T20:46'), open(CONSUMER, '2026-11-23T20:46')]);
    await open(CONSUMER, '2026-11-23T20:46');
    expect(written).toHaveLength(3);
    await open(CONSUMER, '2026-11-23T20:47');
    expect(written.slice(3)).toEqual([`${CONSUMER} 2026-11-23T20:47`]);
  });

  it('is done for each account', async () => {
    const { open, written } = setup();
    await open(CONSUMER, '2026-11-23T20:46');
    await open(PUBLISHER, '2026-11-23T20:46');
    expect(written).toHaveLength(6);
  });

  it('that failed fails the call, and is tried again by the next', async () => {
    const { open, written, fail } = setup();
    fail(true);
    await expect(open(CONSUMER, '2026-11-23T20:46')).rejects.toThrow('no answer');
    fail(false);
    await open(CONSUMER, '2026-11-23T20:46');
    expect(written).toHaveLength(3);
  });
});
