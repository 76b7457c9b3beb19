// Goes through the whole table: judges every event by itself, finds what no account's books lead to, and audits each
// account where its wallet comes by. In parts, a page or some seconds each, so that it can stop and go on.

import type { AuditReads } from '../../ports.ts';
import type { KeptEvent, ScanPage, ScanPlace } from '../kept.ts';
import type { EventPorts } from '../read-events.ts';
import { type AccountPorts, auditAccount } from './audit-account.ts';
import { checkEvent } from './check-event.ts';
import { distinctFindings, type Finding, findingKey } from './checks.ts';
import { unaudited } from './unaudited.ts';
import { withinTime } from './within-time.ts';

/** An event that came after the scan's page was read has its marker by then. */
const CONFIRM_AFTER_MS = 1_000;
const MAX_REMEMBERED = 100_000;
/** A page of slow accounts is several parts, each ended at a wallet. */
const PART_MS = 10_000;

export interface TablePorts extends AccountPorts, Pick<EventPorts, 'open'> {
  readonly audit: AuditReads;
}

export interface TableRequest {
  readonly full: boolean;
  readonly rota?: boolean | undefined;
  /** Only this one. */
  readonly accountId?: string | undefined;
  readonly after?: ScanPlace | undefined;
  /** How long an account may take: then it is told as not audited, and the next one's turn. @default - for ever */
  readonly accountMs?: number | undefined;
  /** Begins no part after it. */
  readonly deadlineMs: number;
  readonly clock: () => number;
}

export interface AuditReport {
  readonly accountCount: number;
  /** Events that balances and sums were derived from. */
  readonly eventCount: number;
  /** Of all wallets, without their signs. */
  readonly differenceMicros: bigint;
  readonly undecidedMicros: bigint;
  readonly findings: readonly Finding[];
  /** Where to go on; undefined at the end of the table. */
  readonly next: ScanPlace | undefined;
}

const NOTHING = { accountCount: 0, eventCount: 0, differenceMicros: 0n, undecidedMicros: 0n, findings: [] };

interface Seen {
  readonly wallets: Set<string>;
  readonly minutes: Set<string>;
  readonly days: Map<string, boolean>;
  readonly findings: Set<string>;
}

/** The whole table, or as far as time allows, as one report. */
export const auditTable = async (ports: TablePorts, request: TableRequest): Promise<AuditReport> => {
  let report: AuditReport = { ...NOTHING, next: request.after };
  for await (const part of auditParts(ports, request)) {
    report = {
      accountCount: report.accountCount + part.accountCount,
      eventCount: report.eventCount + part.eventCount,
      differenceMicros: report.differenceMicros + part.differenceMicros,
      undecidedMicros: report.undecidedMicros + part.undecidedMicros,
      findings: distinctFindings([...report.findings, ...part.findings]),
      next: part.next,
    };
  }
  return report;
};

/**
 * The same part by part, each with its own figures and with findings that no part before it had; a part's `next` is where
 * to go on when all up to it is done.
 */
export async function* auditParts(ports: TablePorts, request: TableRequest): AsyncGenerator<AuditReport, void> {
  const seen: Seen = { wallets: new Set(), minutes: new Set(), days: new Map(), findings: new Set() };
  let next = request.after;
  do {
    const page = await ports.audit.scan(next, request.accountId);
    for await (const part of auditPage(ports, request, { page, seen })) {
      const findings = part.findings.filter((finding) => !seen.findings.has(findingKey(finding)));
      for (const finding of findings) seen.findings.add(findingKey(finding));
      next = part.next;
      yield { ...part, findings };
      if (next && request.clock() >= request.deadlineMs) return;
    }
    for (const known of Object.values(seen)) if (known.size > MAX_REMEMBERED) known.clear();
  } while (next);
}

async function* auditPage(
  ports: TablePorts,
  request: TableRequest,
  { page, seen }: { readonly page: ScanPage; readonly seen: Seen },
): AsyncGenerator<AuditReport, void> {
  const { full, rota, clock, accountMs } = request;
  let beganMs = clock();
  let findings = page.events.flatMap(checkEvent);
  for (const event of page.events) {
    const known = checkKnown(ports, event, seen).catch((fault) => [unaudited(event.accountId, fault)]);
    findings.push(...(await known));
  }
  // First what has no wallet, and so no place in the page: whoever goes on at a wallet's place misses none of them.
  const missing = await withoutWallet(ports, page.accounts, seen.wallets);
  const accounts = [...missing.map((accountId) => ({ accountId, place: undefined })), ...page.wallets];
  let part: Omit<AuditReport, 'findings' | 'next'> = NOTHING;
  for (const { accountId, place } of accounts) {
    const timed = accountMs === undefined ? ports : withinTime(ports, { accountMs, clock });
    const account = await auditAccount(timed, { accountId, full, rota, nowMs: clock() });
    const { differenceMicros } = account;
    part = {
      accountCount: part.accountCount + 1,
      eventCount: part.eventCount + account.eventCount,
      differenceMicros: part.differenceMicros + (differenceMicros < 0n ? -differenceMicros : differenceMicros),
      undecidedMicros: part.undecidedMicros + account.undecidedMicros,
    };
    findings.push(...account.findings);
    if (!place || clock() - beganMs < PART_MS) continue;
    yield { ...part, findings: distinctFindings(findings), next: place };
    [part, findings, beganMs] = [NOTHING, [], clock()];
  }
  yield { ...part, findings: distinctFindings(findings), next: page.next };
}

/** Accounts of which something is there, but no wallet; each once. */
const withoutWallet = async (
  { audit }: TablePorts,
  accounts: readonly string[],
  known: Set<string>,
): Promise<string[]> => {
  const missing: string[] = [];
  for (const accountId of accounts) {
    if (known.has(accountId)) continue;
    known.add(accountId);
    if (!(await audit.hasWallet(accountId))) missing.push(accountId);
  }
  return missing;
};

/** Whether the minute of an event is marked or summed, and whether its day is in the archive already. */
const checkKnown = async (
  ports: TablePorts,
  { id, accountId, minute }: KeptEvent,
  seen: { readonly minutes: Set<string>; readonly days: Map<string, boolean> },
): Promise<Finding[]> => {
  const findings: Finding[] = [];
  const name = `${accountId} ${minute}`;
  const isKnown = async () =>
    (await ports.open.list(accountId, minute)).length > 0 ||
    (await ports.usage.sums(accountId, 'minute', minute, minute)).length > 0;
  if (!seen.minutes.has(name)) {
    if ((await isKnown()) || (await ports.sleep(CONFIRM_AFTER_MS).then(isKnown))) seen.minutes.add(name);
    else findings.push({ accountId, check: 'event_unmarked', expected: 'a marker or a sum', found: 'neither', at: id });
  }
  const day = minute.slice(0, 10);
  const dayName = `${accountId} ${day}`;
  const emptied = seen.days.get(dayName) ?? (await ports.archive.find(accountId, day))?.emptied ?? false;
  seen.days.set(dayName, emptied);
  // The page may be older than the deletion.
  if (emptied && (await ports.events.ofMinute(accountId, minute)).some((event) => event.id === id)) {
    findings.push({ accountId, check: 'archive_leftover', expected: 'no event in the table', found: minute, at: id });
  }
  return findings;
};
