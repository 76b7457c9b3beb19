// Moves events of sealed months from the table to the archive, a day of an account at a time:
//
//   a period of the day open?                    leave it to a later run
//   read the day's events, minute by minute      each minute must be what its sum says
//   write them as one object, read it back       the same events, the same bytes
//   record where it lies                         from here on the archive is what readers believe
//   a period of the day open?                    it is being counted again, from the table: leave it to a later run
//   delete exactly what lies in the object
//   record that the table is emptied
//
// Killed anywhere, the next run repeats the step it was at; of two at once the first record counts, and both delete what
// that one holds.
import { periodOf } from '../../shared/kernel/period.ts';
import type { ArchiveStore, EventObjects, EventStore, OpenPeriods, UsageStore } from '../ports.ts';
import type { ArchivedDay, KeptEvent } from './kept.ts';
import { dayPeriods } from './sealing.ts';
import { sameSums, sumOfEvent } from './sum-of-event.ts';
import { sumInto, type UsageSum } from './usage-sum.ts';
import { type WorkTime, workThrough } from './work-through.ts';

const MAX_MONTHS_A_RUN = 200;
const DELETE_AT_ONCE = 500;
const DAY_MS = 86_400_000;

export interface ArchivePorts {
  readonly open: Pick<OpenPeriods, 'list'>;
  readonly usage: Pick<UsageStore, 'sums'>;
  readonly events: EventStore;
  readonly objects: EventObjects;
  readonly archive: ArchiveStore;
}

export interface ArchiveReport {
  readonly dueCount: number;
  readonly monthCount: number;
  readonly dayCount: number;
  /** Days that were left alone, because they are being counted again. */
  readonly openDayCount: number;
  readonly eventCount: number;
}

/**
 * Archives what is older than the retention, oldest months first.
 * @param request.retentionDays - how long the events of a month stay in the table after its end
 * @throws AggregateError when some months failed; the others are archived all the same
 */
export const archiveDue = async (
  ports: ArchivePorts,
  request: WorkTime & { readonly nowMs: number; readonly retentionDays: number },
): Promise<ArchiveReport> => {
  const kept = periodOf(request.nowMs - request.retentionDays * DAY_MS, 'month');
  const due = await ports.archive.due(kept, MAX_MONTHS_A_RUN);
  let [monthCount, dayCount, openDayCount, eventCount] = [0, 0, 0, 0];
  const faults = await workThrough(due, request, async ({ accountId, month }) => {
    const days = await ports.usage.sums(accountId, 'day', `${month}-01`, `${month}-31`);
    let isWhole = true;
    for (const day of new Set(days.map(({ period }) => period))) {
      if (request.clock() >= request.deadlineMs) return;
      const archived = await archiveDay(ports, accountId, day);
      if (!archived) {
        isWhole = false;
        openDayCount++;
        continue;
      }
      dayCount++;
      eventCount += archived.eventCount;
    }
    if (!isWhole) return;
    await ports.archive.done(accountId, month);
    monthCount++;
  });
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} months were not archived`);
  return { dueCount: due.length, monthCount, dayCount, openDayCount, eventCount };
};

/** @returns the day's record: its events are in the archive and nowhere else; or undefined while a period of it is open */
export const archiveDay = async (
  ports: ArchivePorts,
  accountId: string,
  day: string,
): Promise<ArchivedDay | undefined> => {
  const isOpen = async () => (await ports.open.list(accountId, day)).length > 0;
  const known = await ports.archive.find(accountId, day);
  if (known?.emptied) return known;
  if (await isOpen()) return undefined;
  const archived = known ?? (await copyDay(ports, accountId, day));
  // Again, now that there is a record: a recount marks the day, then looks for the record, and one of the two is seen.
  if (await isOpen()) return undefined;
  let batch: KeptEvent[] = [];
  for await (const event of await ports.objects.read(archived)) {
    batch.push(event);
    if (batch.length < DELETE_AT_ONCE) continue;
    await ports.events.remove(batch);
    batch = [];
  }
  await ports.events.remove(batch);
  await ports.archive.setEmptied(accountId, day);
  return { ...archived, emptied: true };
};

const copyDay = async (ports: ArchivePorts, accountId: string, day: string): Promise<ArchivedDay> => {
  let [eventCount, amountMicros] = [0, 0n];
  const lines = async function* () {
    for await (const { id, event, fault, line } of checkedEvents(ports, accountId, day)) {
      if (!event) throw new Error(`event ${id} cannot be read: ${fault}`);
      eventCount++;
      amountMicros += event.amountMicros;
      yield line();
    }
  };
  let stored: Awaited<ReturnType<EventObjects['write']>>;
  try {
    stored = await ports.objects.write({ accountId, day }, lines());
  } catch (fault) {
    // Another run may have recorded the day and begun to delete under this one's eyes.
    const known = await ports.archive.find(accountId, day);
    if (known) return known;
    throw fault;
  }
  return ports.archive.record(accountId, { day, ...stored, eventCount, amountMicros, emptied: false });
};

/** The day's events in order, each minute held against its sum before it is given out. */
async function* checkedEvents(
  { usage, events }: Pick<ArchivePorts, 'usage' | 'events'>,
  accountId: string,
  day: string,
): AsyncIterable<KeptEvent> {
  const { first, last } = dayPeriods(day, 'minute');
  const [minuteSums, daySums] = await Promise.all([
    usage.sums(accountId, 'minute', first, last),
    usage.sums(accountId, 'day', day, day),
  ]);
  const mismatch = (period: string) =>
    new Error(`${accountId} ${period} is not archived: its events and its sum differ; see npm run audit`);
  if (!sameSums(sumInto(day, minuteSums), daySums)) throw mismatch(day);
  for (const [minute, sums] of byPeriod(minuteSums)) {
    const kept = await events.ofMinute(accountId, minute);
    if (
      !sameSums(
        sumInto(
          minute,
          kept.flatMap((one) => sumOfEvent(minute, one) ?? []),
        ),
        sums,
      )
    )
      throw mismatch(minute);
    yield* kept;
  }
}

/** In the order of their periods. */
const byPeriod = (sums: readonly UsageSum[]): [string, UsageSum[]][] =>
  [...Map.groupBy(sums, ({ period }) => period)].sort(([a], [b]) => (a < b ? -1 : 1));
