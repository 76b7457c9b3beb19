// EventBus on EventBridge. What the bus refuses for the moment is offered again here; what it goes on refusing is told.
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { idTimeMs } from '../../shared/kernel/ids.ts';
import type { EventBus, OutboxEvent } from '../ports.ts';

const ATTEMPTS = 3;
const PAUSE_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const eventBridgeBus = (client: EventBridgeClient, busName: string): EventBus => {
  const offer = async (events: readonly OutboxEvent[]): Promise<(string | undefined)[]> => {
    const answer = await client.send(
      new PutEventsCommand({
        Entries: events.map((event) => ({
          EventBusName: busName,
          Source: event.source,
          DetailType: event.detailType,
          Detail: event.detail,
          Time: new Date(idTimeMs(event.id)),
        })),
      }),
    );
    return events.map((_, index) => {
      const entry = answer.Entries?.[index];
      if (entry?.EventId) return undefined;
      return entry?.ErrorCode ? `${entry.ErrorCode}: ${entry.ErrorMessage ?? ''}` : 'the bus did not say';
    });
  };

  return {
    publish: async (events) => {
      const refusals: (string | undefined)[] = events.map(() => 'not offered yet');
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const open = events.flatMap((event, index) => (refusals[index] === undefined ? [] : [{ event, index }]));
        if (open.length === 0) break;
        if (attempt > 1) await pause(PAUSE_MS * attempt);
        const outcomes = await offer(open.map(({ event }) => event));
        for (const [position, { index }] of open.entries()) refusals[index] = outcomes[position];
      }
      return refusals;
    },
  };
};
