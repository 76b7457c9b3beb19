// One day of an account: its events, wherever they lie, and the sums of its minutes, hours and of itself.

import type { ArchiveStore, EventObjects, EventStore, UsageStore } from '../../ports.ts';
import { type ArchivedDay, ArchiveFault, type KeptEvent } from '../kept.ts';
import { sumMinute } from '../minute-sum.ts';
import { dayPeriods } from '../sealing.ts';
import { sumOfEvent } from '../sum-of-event.ts';
import { sumInto, type UsageSum } from '../usage-sum.ts';
import { checkEvent } from './check-event.ts';
import { addTallies, type Tally, tallyOf } from './check-quotas.ts';
import { checkCounted, checkSums, sumsBy } from './check-sums.ts';
import type { Finding } from './checks.ts';

const MINUTES_AT_ONCE = 8;

export interface DayPorts {
  readonly usage: Pick<UsageStore, 'sums'>;
  readonly events: Pick<EventStore, 'ofMinute'>;
  readonly archive: Pick<ArchiveStore, 'find'>;
  readonly objects: Pick<EventObjects, 'read' | 'faultOfLatest'>;
}

export interface DayAudit {
  readonly findings: readonly Finding[];
  /** Sealed minutes, whose events are counted below. */
  readonly minutes: readonly string[];
  readonly eventCount: number;
  readonly amountMicros: bigint;
  /** Of them, by counter. */
  readonly counted: Tally;
}

export interface DayRequest {
  readonly accountId: string;
  readonly day: string;
  readonly marked: ReadonlySet<string>;
  readonly sums: { readonly hours: readonly UsageSum[]; readonly days: readonly UsageSum[] };
  /** Whether the day may be in the archive. */
  readonly full: boolean;
}

type MinuteAudit = Omit<DayAudit, 'minutes'>;

export const auditDay = async (ports: DayPorts, request: DayRequest): Promise<DayAudit> => {
  const { accountId, day, marked, sums } = request;
  const isClosed = ({ period }: UsageSum) => !marked.has(period);
  const { first, last } = dayPeriods(day, 'minute');
  const minuteSums = (await ports.usage.sums(accountId, 'minute', first, last)).filter(isClosed);
  const archived = request.full ? await ports.archive.find(accountId, day) : undefined;
  const audits = archived
    ? await auditArchived(ports, { accountId, archived, minuteSums })
    : await auditMinutes(ports, accountId, minuteSums);
  const closedHours = sumsBy(minuteSums, (minute) => minute.slice(0, 13)).filter(isClosed);
  const findings = [
    ...audits.flatMap((one) => one.findings),
    ...checkSums(accountId, 'hour_sum', { derived: closedHours, stored: sums.hours.filter(isClosed) }),
    ...checkSums(accountId, 'day_sum', {
      derived: sumInto(day, sums.hours).filter(isClosed),
      stored: sums.days.filter(isClosed),
    }),
  ];
  return {
    findings,
    minutes: [...new Set(minuteSums.map(({ period }) => period))],
    eventCount: audits.reduce((sum, { eventCount }) => sum + eventCount, 0),
    amountMicros: audits.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    counted: addTallies(audits.map(({ counted }) => counted)),
  };
};

/** @param stored - the minute's sums */
const auditMinute = (
  accountId: string,
  minute: string,
  { events, stored }: { readonly events: readonly KeptEvent[]; readonly stored: readonly UsageSum[] },
): MinuteAudit => {
  const derived = sumMinute(
    minute,
    events.flatMap((event) => sumOfEvent(minute, event) ?? []),
  );
  return {
    findings: [
      ...events.flatMap(checkEvent),
      ...checkSums(accountId, 'minute_sum', { derived, stored }),
      ...checkCounted(accountId, { derived, stored }),
    ],
    eventCount: events.length,
    amountMicros: derived.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    counted: tallyOf(events),
  };
};

const auditMinutes = async (
  ports: DayPorts,
  accountId: string,
  minuteSums: readonly UsageSum[],
): Promise<MinuteAudit[]> => {
  const minutes = [...Map.groupBy(minuteSums, ({ period }) => period)];
  const audits: MinuteAudit[] = [];
  for (let start = 0; start < minutes.length; start += MINUTES_AT_ONCE) {
    const some = minutes.slice(start, start + MINUTES_AT_ONCE).map(async ([minute, stored]) => {
      const events = await ports.events.ofMinute(accountId, minute);
      return auditMinute(accountId, minute, { events, stored });
    });
    audits.push(...(await Promise.all(some)));
  }
  return audits;
};

/** As above, minute by minute in the order of the object. */
const auditArchived = async (
  ports: DayPorts,
  request: {
    readonly accountId: string;
    readonly archived: ArchivedDay;
    readonly minuteSums: readonly UsageSum[];
  },
): Promise<MinuteAudit[]> => {
  const { accountId, archived } = request;
  const stored = Map.groupBy(request.minuteSums, ({ period }) => period);
  const fault = (check: 'archive_object' | 'archive_content', expected: string, found: string): MinuteAudit => ({
    findings: [{ accountId, check, expected, found, at: archived.key }],
    eventCount: 0,
    amountMicros: 0n,
    counted: new Map(),
  });
  let events: AsyncIterable<KeptEvent>;
  try {
    events = await ports.objects.read(archived);
  } catch (thrown) {
    if (!(thrown instanceof ArchiveFault)) throw thrown;
    // The balance is weighed with what the sums say: one finding for one fault.
    const amountMicros = request.minuteSums.reduce((sum, one) => sum + one.amountMicros, 0n);
    return [{ ...fault('archive_object', `the SHA-256 ${archived.sha256}`, thrown.message), amountMicros }];
  }
  const latest = await ports.objects.faultOfLatest(archived);
  const audits = latest ? [fault('archive_object', `the SHA-256 ${archived.sha256}`, latest)] : [];
  const flush = (minute: string, some: readonly KeptEvent[]) => {
    audits.push(auditMinute(accountId, minute, { events: some, stored: stored.get(minute) ?? [] }));
    stored.delete(minute);
  };
  let batch: KeptEvent[] = [];
  for await (const event of events) {
    const minute = batch[0]?.minute;
    if (minute !== undefined && minute !== event.minute) {
      flush(minute, batch);
      batch = [];
    }
    batch.push(event);
  }
  if (batch[0]) flush(batch[0].minute, batch);
  for (const minute of [...stored.keys()]) flush(minute, []);
  const count = audits.reduce((sum, { eventCount }) => sum + eventCount, 0);
  const amount = audits.reduce((sum, { amountMicros }) => sum + amountMicros, 0n);
  if (count !== archived.eventCount || amount !== archived.amountMicros) {
    const text = (events: number, micros: bigint) => `${events} events of ${micros} micros`;
    audits.push(fault('archive_content', text(archived.eventCount, archived.amountMicros), text(count, amount)));
  }
  return audits;
};
