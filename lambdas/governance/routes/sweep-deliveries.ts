// Puts on the queue what has come due: attempts that are farther off than the queue holds back, and those that nothing was
// heard of any more.
import { handedOver } from '../domain/delivery.ts';
import type { DeliveryQueue, DeliveryStore } from '../ports.ts';

export interface SweepPorts {
  readonly deliveries: Pick<DeliveryStore, 'due' | 'change'>;
  readonly queue: DeliveryQueue;
  readonly clock: () => number;
}

/** @param untilMs - the next sweep takes what this one does not come to. @returns how many were put on the queue */
export const sweepDeliveries =
  ({ deliveries, queue, clock }: SweepPorts) =>
  async (untilMs: number): Promise<number> => {
    let count = 0;
    for await (const page of deliveries.due(clock())) {
      const moved = page.map((delivery) => handedOver(delivery, clock()));
      // Whoever came first has it: an attempt that came back at last, a replay, or another sweep.
      const written = await Promise.all(moved.map((delivery) => deliveries.change(delivery)));
      const taken = moved.filter((_, index) => written[index]);
      await queue.put(taken);
      count += taken.length;
      if (clock() >= untilMs) break;
    }
    return count;
  };
