// The command line of `npm run audit`: what it understands, and how it tells.
import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../../lambdas/billing/domain/audit/audit-table.ts';
import { auditChecks } from '../../../lambdas/billing/domain/audit/checks.ts';
import { describeReport, exitCodeOf, readWish, reportJson } from '../../../local/audit.ts';

const ACCOUNT = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';

const report: AuditReport = {
  accountCount: 2,
  eventCount: 13,
  differenceMicros: 2n ** 60n,
  undecidedMicros: 0n,
  findings: [
    { accountId: ACCOUNT, check: 'balance', expected: '5 micros', found: '6 micros', at: 'wallet' },
    { accountId: ACCOUNT, check: 'hour_sum', expected: '1 calls', found: 'no sum', at: '2026-11-23T20#acme.iris#-' },
  ],
  next: undefined,
};

describe('npm run audit', () => {
  it('takes an account, a stage and how much', () => {
    expect(readWish([])).toEqual({
      full: false,
      account: undefined,
      stage: undefined,
      json: false,
      recount: undefined,
    });
    expect(readWish(['--full', '--json', '--account', ACCOUNT, '--stage', 'staging'])).toEqual({
      full: true,
      account: ACCOUNT,
      stage: 'staging',
      json: true,
      recount: undefined,
    });
    expect(readWish(['--help'])).toBeUndefined();
  });

  it.each([
    ['--deep', "Unknown option '--deep'"],
    ['all', 'Unexpected argument'],
    ['--recount=2026-11', "'--recount' needs the account"],
    ['--account=me', "'--account' must be an account's id"],
  ])('refuses %s and says what there is', (arg, message) => {
    expect(() => readWish([arg])).toThrow(message);
  });

  it.each([
    { period: '2199-01', why: "'--recount' must be a period that is over, got '2199-01'" },
    { period: 'yesterday', why: "'--recount' must be a minute, hour, day or month" },
  ])('counts nothing again that has no sum: $period', ({ period, why }) => {
    expect(() => readWish(['--account', ACCOUNT, '--recount', period])).toThrow(why);
  });

  it('counts again or audits, never both', () => {
    expect(() => readWish(['--account', ACCOUNT, '--recount', '2026-01', '--json'])).toThrow("'--recount' goes with");
    expect(readWish(['--account', ACCOUNT, '--recount', '2026-01'])).toMatchObject({ recount: '2026-01' });
  });

  it('tells each finding with what holds of sound books and what mends it, and the figures last', () => {
    const text = describeReport(report);
    for (const check of ['balance', 'hour_sum'] as const) {
      expect(text).toContain(`${check}  ${ACCOUNT}`);
      expect(text).toContain(auditChecks[check].holds);
      expect(text).toContain(auditChecks[check].mend);
    }
    expect(text.split('\n').at(-1)).toBe('accounts 2, events 13, difference 1152921504606846976 micros, findings 2');
    expect(text).not.toContain('undecided');
  });

  it('fails as one that could not audit when an account was not', () => {
    const finding = {
      accountId: ACCOUNT,
      check: 'not_audited',
      expected: 'an audit',
      found: 'none',
      at: 'account',
    } as const;
    expect(exitCodeOf({ ...report, findings: [] })).toBe(0);
    expect(exitCodeOf(report)).toBe(1);
    expect(exitCodeOf({ ...report, findings: [...report.findings, finding] })).toBe(2);
  });

  it('does not keep from telling what could not be decided', () => {
    expect(describeReport({ ...report, undecidedMicros: 690n })).toContain('undecided within 690 micros');
  });

  it('keeps every micro in JSON', () => {
    expect(JSON.parse(reportJson(report))).toEqual({
      accounts: 2,
      events: 13,
      differenceMicros: '1152921504606846976',
      undecidedMicros: '0',
      findings: report.findings,
    });
  });
});
