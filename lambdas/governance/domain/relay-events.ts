// Moves events from outboxes to the bus: published first, removed after, so that a crash in between repeats an event
// and never loses one.
import type { EventBus, OutboxEvent, Outboxes } from '../ports.ts';
import { batchEvents } from './batch-events.ts';

/** An event younger than this is still the stream's to deliver. */
export const SWEEP_AFTER_MS = 30_000;

interface RelayPorts {
  readonly outboxes: Pick<Outboxes, 'remove'>;
  readonly bus: EventBus;
  /** Told of each event that stays in its outbox for the next sweep. */
  readonly onLeft: (event: OutboxEvent, reason: unknown) => void;
}

export interface RelayCount {
  publishedCount: number;
  leftCount: number;
}

/** Never throws: what cannot be delivered now stays where it is, and is told of. */
export const relayEvents = async (ports: RelayPorts, events: readonly OutboxEvent[]): Promise<RelayCount> => {
  const count: RelayCount = { publishedCount: 0, leftCount: 0 };
  const leave = (event: OutboxEvent, reason: unknown) => {
    count.leftCount++;
    ports.onLeft(event, reason);
  };
  for (const batch of batchEvents(events)) {
    const refusals = await publish(ports.bus, batch);
    await Promise.all(
      batch.map(async (event, index) => {
        if (refusals[index] !== undefined) return leave(event, refusals[index]);
        try {
          await ports.outboxes.remove(event);
          count.publishedCount++;
        } catch (fault) {
          leave(event, fault);
        }
      }),
    );
  }
  return count;
};

const publish = async (bus: EventBus, batch: readonly OutboxEvent[]): Promise<readonly unknown[]> => {
  try {
    return await bus.publish(batch);
  } catch (fault) {
    return batch.map(() => fault ?? 'unknown fault');
  }
};

/** A sweep that leaves events must not pass for a good one. @throws Error, for the alarm on the relay's errors to ring */
export const requireNoneLeft = ({ leftCount }: RelayCount): void => {
  if (leftCount > 0) throw new Error(`the sweep left ${leftCount} events in their outboxes; each is in the log`);
};

/** Delivers what the stream missed: everything that has waited for longer than it should. */
export const sweepOutboxes = async (
  ports: RelayPorts & { readonly outboxes: Outboxes },
  nowMs: number,
): Promise<RelayCount> => {
  const total: RelayCount = { publishedCount: 0, leftCount: 0 };
  for await (const page of ports.outboxes.waitingSince(nowMs - SWEEP_AFTER_MS)) {
    const { publishedCount, leftCount } = await relayEvents(ports, page);
    total.publishedCount += publishedCount;
    total.leftCount += leftCount;
  }
  return total;
};
