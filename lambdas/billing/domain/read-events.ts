// The events of an account's day, wherever they lie: in the table, or in the archive once that is on record.

import type { ArchiveStore, EventObjects, EventStore, OpenPeriods, UsageStore } from '../ports.ts';
import type { KeptEvent } from './kept.ts';
import { childPrefix, dayPeriods } from './sealing.ts';

export interface EventPorts {
  readonly open: Pick<OpenPeriods, 'list'>;
  readonly usage: Pick<UsageStore, 'sums'>;
  readonly events: Pick<EventStore, 'ofMinute'>;
  readonly objects: Pick<EventObjects, 'read'>;
  readonly archive: Pick<ArchiveStore, 'find'>;
}

/**
 * In the order of their ids, each once, though the day be archived meanwhile: a minute that has fewer events than its
 * sum tells is read from the archive, with all that follow, if there is one by then.
 * @throws ArchiveFault when the archive does not hold what was recorded of it
 */
export async function* readEvents(ports: EventPorts, accountId: string, day: string): AsyncIterable<KeptEvent> {
  const archived = await ports.archive.find(accountId, day);
  if (archived) {
    yield* await ports.objects.read(archived);
    return;
  }
  const { first, last } = dayPeriods(day, 'minute');
  // Markers first: a minute that is sealed in between has its sum by then.
  const open = await ports.open.list(accountId, childPrefix(day));
  const calls = new Map(open.filter((period) => period.length === first.length).map((minute) => [minute, 0]));
  for (const sum of await ports.usage.sums(accountId, 'minute', first, last)) {
    calls.set(sum.period, (calls.get(sum.period) ?? 0) + sum.calls);
  }
  for (const minute of [...calls.keys()].sort()) {
    const events = await ports.events.ofMinute(accountId, minute);
    const moved = events.length < (calls.get(minute) ?? 0) ? await ports.archive.find(accountId, day) : undefined;
    if (moved) {
      for await (const event of await ports.objects.read(moved)) if (event.minute >= minute) yield event;
      return;
    }
    yield* events;
  }
}
