// An event is written once: no later state of it in the table's whole history.
import type { Check } from '../run.ts';

export const eventsNeverChange: Check = {
  name: 'events-never-change',
  find: ({ truth }) =>
    truth.changedEvents.length === 0
      ? undefined
      : `${truth.changedEvents.length} events were changed after they were written`,
};
