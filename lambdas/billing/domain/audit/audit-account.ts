// Derives an account's books again and compares: every sum from what it is a sum of, the balance from the last seal (or
// from the very first event), each event and entry from itself.
import { idTimeMs } from '../../../shared/kernel/ids.ts';
import { periodEndMs, periodOf } from '../../../shared/kernel/period.ts';
import type { ArchiveStore, AuditReads, EventObjects, MonthStore } from '../../ports.ts';
import type { KeptEntry } from '../kept.ts';
import { type EntryOfMonth, monthOf, type SealedMonth } from '../month.ts';
import { quotaStartMs } from '../quota-name.ts';
import { dayPeriods, periodsOfMinute } from '../sealing.ts';
import type { UsageSum } from '../usage-sum.ts';
import { auditDay, type DayAudit, type DayPorts } from './audit-day.ts';
import { checkEntry, checkEvent } from './check-event.ts';
import { addTallies, checkQuotas, type Tally, tallyOf } from './check-quotas.ts';
import { checkChain, checkGaps, checkMonths, monthDays } from './check-sums.ts';
import { distinctFindings, type Finding, findingKey } from './checks.ts';
import { unaudited } from './unaudited.ts';
import { type Weighed, type WeighPorts, weighBalance } from './weigh-balance.ts';

/** How often what was found is looked at again: whatever was only under way is gone by then. */
const MAX_CONFIRMATIONS = 2;
const CONFIRM_AFTER_MS = 1_000;

export interface AccountPorts extends WeighPorts, DayPorts {
  readonly audit: Pick<AuditReads, 'wallet' | 'entries' | 'quotas'>;
  readonly months: Pick<MonthStore, 'list'>;
  readonly archive: Pick<ArchiveStore, 'find'>;
  readonly objects: Pick<EventObjects, 'read' | 'faultOfLatest'>;
}

export interface AccountRequest {
  readonly accountId: string;
  /** From the very first event, the archive included; else from the last sealed month on. */
  readonly full: boolean;
  /** Also some of the days before the last seal, others each day: all of them in four weeks. */
  readonly rota?: boolean | undefined;
  readonly nowMs: number;
}

export interface AccountAudit {
  readonly findings: readonly Finding[];
  /** Events that were read. */
  readonly eventCount: number;
  /** What the wallet holds beyond what it should. */
  readonly differenceMicros: bigint;
  /** What no look could decide, because calls came without a pause. */
  readonly undecidedMicros: bigint;
}

/** Never throws: an account that cannot be audited has that finding, beside what was found until then. */
export const auditAccount = async (ports: AccountPorts, request: AccountRequest): Promise<AccountAudit> => {
  let result: AccountAudit = { findings: [], eventCount: 0, differenceMicros: 0n, undecidedMicros: 0n };
  try {
    result = await auditOnce(ports, request);
    for (let count = 0; result.findings.length > 0 && count < MAX_CONFIRMATIONS; count++) {
      await ports.sleep(CONFIRM_AFTER_MS);
      const before = new Set(result.findings.map(findingKey));
      const again = await auditOnce(ports, request);
      result = { ...again, findings: again.findings.filter((finding) => before.has(findingKey(finding))) };
    }
    return result;
  } catch (fault) {
    return { ...result, findings: [...result.findings, unaudited(request.accountId, fault)] };
  }
};

const monthsOf = (entries: readonly KeptEntry[]): EntryOfMonth[] =>
  entries.flatMap(({ id, entry }) =>
    entry ? [{ amountMicros: entry.amountMicros, month: periodOf(idTimeMs(id), 'month') }] : [],
  );

const auditOnce = async (ports: AccountPorts, request: AccountRequest): Promise<AccountAudit> => {
  const { accountId, full, nowMs } = request;
  const quotas = await ports.audit.quotas(accountId);
  // Markers first: what has none was sealed before, and its sums are written.
  const marked = new Set(await ports.open.list(accountId));
  const months = await ports.months.list(accountId);
  const base = full ? undefined : months.at(-1);
  const firstDay = base ? `${base.month}-32` : '0000';
  const [days, hours] = await Promise.all([
    ports.usage.sums(accountId, 'day', firstDay, '9999'),
    ports.usage.sums(accountId, 'hour', firstDay, '9999'),
  ]);
  const names = new Set([...days, ...hours].map(({ period }) => period.slice(0, 10)));
  for (const period of marked) names.add(period.slice(0, 10));
  const audited: DayAudit[] = [];
  for (const day of [...names].sort()) {
    if (base && monthOf(day) <= base.month) continue;
    const ofDay = ({ period }: UsageSum) => period.startsWith(day);
    const sums = { hours: hours.filter(ofDay), days: days.filter(ofDay) };
    audited.push(await auditDay(ports, { accountId, day, marked, sums, full }));
  }
  const turn = base && request.rota ? quotasInTurn(quotas, nowMs) : [];
  const earlier = base && request.rota ? await auditEarlier(ports, request, { base, turn }) : [];
  const sealedUntilMs = base ? periodEndMs(base.month) : 0;
  const minutes = audited.flatMap((one) => one.minutes);
  const weighed = await weighBalance(ports, accountId, {
    closingMicros: base?.closingMicros ?? 0n,
    fromMs: sealedUntilMs,
    minutes: new Set(minutes),
    debitsMicros: audited.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    openMinutes: [...marked].filter((period) => period.length === 16),
    nowMs,
  });
  const findings = [
    ...checkQuotas(accountId, {
      before: quotas,
      after: await ports.audit.quotas(accountId),
      derived: addTallies([...[...audited, ...earlier].map(({ counted }) => counted), tallyOf(weighed.openEvents)]),
      isWhole: (name) => quotaStartMs(name) >= sealedUntilMs || turn.includes(name),
      nowMs,
    }),
    ...checkChain(accountId, months),
    ...[...audited, ...earlier].flatMap((one) => one.findings),
    ...(await checkSealedMonths(ports, { accountId, full, months, days, weighed })),
    ...checkOpen(accountId, weighed, { hasSums: minutes.length > 0, nowMs }),
    ...weighed.entries.flatMap((entry) => checkEntry(accountId, entry)),
  ];
  return {
    findings: distinctFindings(findings),
    eventCount: [...audited, ...earlier].reduce((sum, { eventCount }) => sum + eventCount, weighed.openEvents.length),
    differenceMicros: weighed.offMicros,
    undecidedMicros: weighed.undecidedMicros,
  };
};

const ROTA_DAYS = 28;
const dayIndex = (ms: number): number => Math.floor(ms / 86_400_000);

const isTurn = (ms: number, nowMs: number) => (dayIndex(nowMs) - dayIndex(ms)) % ROTA_DAYS === 0;

/** Counters of periods whose turn it is: a period may begin before the last seal, and its events are read from there on. */
const quotasInTurn = (quotas: Tally, nowMs: number): string[] =>
  [...quotas.keys()].filter((name) => isTurn(quotaStartMs(name), nowMs));

/** The days whose turn it is, of all that are sealed for good, and those that counters whose turn it is have counted on. */
const auditEarlier = async (
  ports: AccountPorts,
  { accountId, nowMs }: AccountRequest,
  { base, turn }: { readonly base: SealedMonth; readonly turn: readonly string[] },
): Promise<DayAudit[]> => {
  const countedFrom = Math.min(...turn.map(quotaStartMs));
  const days = Map.groupBy(
    await ports.usage.sums(accountId, 'day', '0000', `${base.month}-31`),
    ({ period }) => period,
  );
  const audits: DayAudit[] = [];
  for (const [day, stored] of days) {
    const dayMs = Date.parse(day);
    if (!isTurn(dayMs, nowMs) && dayIndex(dayMs) < dayIndex(countedFrom)) continue;
    const { first, last } = dayPeriods(day, 'hour');
    const sums = { days: stored, hours: await ports.usage.sums(accountId, 'hour', first, last) };
    audits.push(await auditDay(ports, { accountId, day, marked: new Set(), sums, full: true }));
  }
  return audits;
};

/** All of them, or the last one: what lies before it was checked while it was the last. */
const checkSealedMonths = async (
  ports: AccountPorts,
  request: {
    readonly accountId: string;
    readonly full: boolean;
    readonly months: readonly SealedMonth[];
    readonly days: readonly UsageSum[];
    readonly weighed: Weighed;
  },
): Promise<Finding[]> => {
  const { accountId, full, months, weighed } = request;
  const checked = full ? months : months.slice(-1);
  const [first, last] = [checked[0]?.month, checked.at(-1)?.month];
  if (!first || !last) return [];
  const { first: firstDay } = monthDays(first);
  const [days, sums, entries] = await Promise.all([
    full ? request.days : ports.usage.sums(accountId, 'day', firstDay, monthDays(last).last),
    ports.usage.sums(accountId, 'month', first, last),
    full ? weighed.entries : ports.audit.entries(accountId, Date.parse(firstDay)),
  ]);
  const parts = { days, sums, entries: monthsOf(entries) };
  return [...checkMonths(accountId, checked, parts), ...(full ? checkGaps(accountId, months, parts) : [])];
};

/** The wallet, and what is open: events as such, and markers of the hours and days they are in. */
const checkOpen = (
  accountId: string,
  weighed: Weighed,
  { hasSums, nowMs }: { readonly hasSums: boolean; readonly nowMs: number },
): Finding[] => {
  const { wallet, openEvents, marked } = weighed;
  const findings: Finding[] = openEvents.flatMap(checkEvent);
  for (const minute of new Set(openEvents.map((event) => event.minute))) {
    // A minute whose own marker is gone was sealed meanwhile; one that is neither is found by the scan.
    if (!marked.has(minute)) continue;
    for (const period of periodsOfMinute(minute).filter((one) => !marked.has(one))) {
      findings.push({ accountId, check: 'marker_missing', expected: 'a marker', found: 'none', at: period });
    }
  }
  const wallets = (check: 'balance' | 'funds' | 'fence' | 'wallet_missing', expected: string, found: string) =>
    findings.push({ accountId, check, expected, found, at: 'wallet' });
  if (weighed.offMicros !== 0n) wallets('balance', `${weighed.derivedMicros} micros`, `${weighed.ownMicros} micros`);
  const paid = openEvents.some(({ event }) => event && event.amountMicros > 0n);
  if (!wallet && (hasSums || paid || weighed.entries.length > 0)) wallets('wallet_missing', 'a wallet', 'none');
  if (wallet && (wallet.avail < 0n || wallet.creditLimit < 0n)) {
    wallets('funds', '0 or more', `avail ${wallet.avail}, creditLimit ${wallet.creditLimit}`);
  }
  const { sealedThrough } = wallet ?? {};
  const minute = periodOf(nowMs, 'minute');
  if (sealedThrough !== undefined && sealedThrough > minute) wallets('fence', `${minute} or before`, sealedThrough);
  return findings;
};
