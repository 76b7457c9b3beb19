// Bad networks and dead environments make 402, 409, 422 and 503, never 500.
import type { Check } from '../run.ts';

export const nothingBroke: Check = {
  name: 'nothing-broke',
  find: ({ journal }) => {
    const broken = [
      ...journal.attempts.flatMap(({ came }) => (came.as === 'broken' ? [came.why] : [])),
      ...journal.broken,
    ];
    return broken.length === 0 ? undefined : `${broken.length} faults of ours, the first: ${broken[0]}`;
  },
};
