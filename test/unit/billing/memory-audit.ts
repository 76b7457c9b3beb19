// A table of accounts without any call, in pages, as the auditor reads it.
import type { AuditReport } from '../../../lambdas/billing/domain/audit/audit-table.ts';
import type { AuditProgress, KeptEvent, ScanPage } from '../../../lambdas/billing/domain/kept.ts';

/** An event of an account that says nothing: each is one finding. */
export const brokenEvent = (accountId: string, id: string): KeptEvent => ({
  id,
  accountId,
  minute: '2026-11-23T20:46',
  shard: 0,
  event: undefined,
  fault: 'nothing in it',
  line: () => '{}',
});

export const pageOf = (accountIds: readonly string[], events: readonly KeptEvent[] = []): Omit<ScanPage, 'next'> => ({
  wallets: accountIds.map((accountId) => ({ accountId, place: { pk: accountId, sk: 'wallet' } })),
  accounts: [],
  events,
});

/** @param pages - a page that is undefined cannot be read */
export const memoryAudit = (pages: readonly (Omit<ScanPage, 'next'> | undefined)[]) => {
  const told: AuditReport[] = [];
  const audited: string[] = [];
  let progress: AuditProgress | undefined;
  const ports = {
    audit: {
      wallet: async (accountId: string) => {
        if (audited.at(-1) !== accountId) audited.push(accountId);
        return { avail: 0n, creditLimit: 0n, revision: 0n };
      },
      hasWallet: async () => true,
      entries: async () => [],
      quotas: async () => new Map<string, number>(),
      scan: async (after: { sk: string } | undefined): Promise<ScanPage> => {
        const number = Number(after?.sk ?? 0);
        const page = pages[number];
        if (!page) throw new Error(`page ${number} cannot be read`);
        return { ...page, next: number + 1 < pages.length ? { pk: 'page', sk: String(number + 1) } : undefined };
      },
    },
    open: { list: async (_: string, prefix?: string) => (prefix === undefined ? [] : [prefix]) },
    usage: { sums: async () => [] },
    months: { list: async () => [] },
    archive: { find: async () => undefined },
    events: { ofMinute: async (): Promise<KeptEvent[]> => [] },
    objects: {
      read: async (): Promise<AsyncIterable<KeptEvent>> => {
        throw new Error('there is no archive');
      },
      faultOfLatest: async () => undefined,
    },
    sleep: async () => {},
    progress: {
      find: async () => progress,
      set: async (next: AuditProgress) => {
        progress = next;
      },
    },
  };
  return { ports, told, audited, tell: (part: AuditReport) => told.push(part), progress: () => progress };
};
