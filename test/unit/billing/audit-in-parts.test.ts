// The scheduled audit where a page cannot be read, an account takes too long, or a look at it fails.
import { describe, expect, it } from 'vitest';
import { auditInParts } from '../../../lambdas/billing/domain/audit/audit-in-parts.ts';
import { brokenEvent, memoryAudit, pageOf } from './memory-audit.ts';

const FOREVER = { deadlineMs: Number.POSITIVE_INFINITY, clock: () => 0 };

describe('a run of the auditor', () => {
  it('has told what a page holds before it counts as read, even if the next page ends the run', async () => {
    const { ports, told, tell, progress } = memoryAudit([
      pageOf(['acc_1'], [brokenEvent('acc_1', 'inf_1')]),
      undefined,
    ]);
    await expect(auditInParts(ports, { ...FOREVER, tell })).rejects.toThrow('page 1 cannot be read');
    expect(progress()).toMatchObject({ finished: false, after: { sk: '1' } });
    expect(told.flatMap(({ findings }) => findings)).toMatchObject([{ check: 'event_unreadable', at: 'inf_1' }]);
  });

  it('tells before it saves: what cannot be told is looked at again', async () => {
    const { ports, progress } = memoryAudit([pageOf(['acc_1'])]);
    const tell = () => {
      throw new Error('nobody hears');
    };
    await expect(auditInParts(ports, { ...FOREVER, tell })).rejects.toThrow('nobody hears');
    expect(progress()).toBeUndefined();
  });

  it('tells a finding once, however many pages show it', async () => {
    const odd = pageOf([], [brokenEvent('acc_1', 'inf_1')]);
    const { ports, told, tell } = memoryAudit([odd, odd]);
    expect(await auditInParts(ports, { ...FOREVER, tell })).toMatchObject({ findingCount: 1 });
    expect(told.map(({ findings }) => findings.length)).toEqual([1, 0]);
  });
});

describe('an account that cannot be audited', () => {
  it('is told as such, and those behind it are audited', async () => {
    const { ports, audited, tell, told } = memoryAudit([pageOf(['acc_1', 'acc_2', 'acc_3'])]);
    const months = {
      list: async (...[accountId]: string[]) => {
        if (accountId === 'acc_2') throw new Error('throttled');
        return [];
      },
    };
    const run = await auditInParts({ ...ports, months }, { ...FOREVER, tell });
    expect(run).toMatchObject({ accountCount: 3, findingCount: 1, notAuditedCount: 1, next: undefined });
    expect(told[0]?.findings).toMatchObject([{ accountId: 'acc_2', check: 'not_audited', found: 'Error: throttled' }]);
    expect(audited).toEqual(['acc_1', 'acc_3']);
  });

  it('has four minutes, and what is behind it is another part', async () => {
    let nowMs = 0;
    const { ports, tell, told } = memoryAudit([pageOf(['acc_1', 'acc_2'])]);
    const usage = {
      sums: async (...[accountId]: string[]) => {
        if (accountId === 'acc_1') nowMs += 100_000;
        return [];
      },
    };
    const run = await auditInParts({ ...ports, usage }, { ...FOREVER, clock: () => nowMs, tell });
    expect(run).toMatchObject({ accountCount: 2, notAuditedCount: 1, next: undefined });
    expect(told.map(({ findings, next }) => [findings.map(({ check }) => check), next?.pk])).toEqual([
      [['not_audited'], 'acc_1'],
      [[], undefined],
    ]);
    expect(told[0]?.findings[0]?.found).toBe('OutOfTime: more than is read in 240 s');
    expect(nowMs).toBeLessThan(400_000);
  });

  it('is not begun again by the next run when this one’s time is up behind it', async () => {
    let nowMs = 0;
    const { ports, tell, progress } = memoryAudit([pageOf(['acc_1', 'acc_2'])]);
    const months = {
      list: async () => {
        nowMs += 20_000;
        return [];
      },
    };
    await auditInParts({ ...ports, months }, { deadlineMs: 10_000, clock: () => nowMs, tell });
    expect(progress()).toMatchObject({ finished: false, after: { pk: 'acc_1', sk: 'wallet' } });
  });
});
