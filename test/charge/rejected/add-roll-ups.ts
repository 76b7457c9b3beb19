// Rejected: ADD each event of the stream to its minute's sum. The stream delivers at least once, and an update whose
// answer is lost is sent again.
import type { RejectedAlgorithm } from '../algorithm.ts';
import { ourCharge } from '../our-charge.ts';
import { addUpdate, eventOf, streamConsumer } from './stream-consumer.ts';

/** Side by side, so that they keep up with the calls. */
const PARALLEL = 4;

export const addRollUps: RejectedAlgorithm = {
  ...ourCharge,
  name: 'ADD roll-ups from the stream',
  why: 'what is delivered twice is added twice',
  caughtBy: 'sums-are-events',
  granularities: ['minute'],
  summing: (at) =>
    streamConsumer(at, PARALLEL, async (record) => {
      const event = eventOf(record);
      if (event) await at.client.update(addUpdate(at.table, event));
    }),
};
