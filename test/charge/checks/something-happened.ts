// The other checks mean something: most calls were answered, and every kind of trouble was met.
import { answeredOf, type Check } from '../run.ts';

export const somethingHappened: Check = {
  name: 'something-happened',
  find: ({ plan, journal, faultCounts, closedMeanwhile }) => {
    // Sums are written a few times only: now and then no batch of them is split.
    const { unprocessed: _rare, ...frequent } = faultCounts;
    const count = (holds: (came: (typeof journal.attempts)[number]['came']) => boolean) =>
      journal.attempts.filter(({ came }) => holds(came)).length;
    const refusals = (code: string) => count((came) => came.as === 'refused' && came.code === code);
    const met: Record<string, number> = {
      'calls answered, of half of all': answeredOf(journal).length - plan.calls.length / 2,
      'answers as repeats': count((came) => came.as === 'answered' && came.record.replayed),
      'calls refused for want of money': refusals('insufficient_funds'),
      'calls refused for a key of another': refusals('idempotency_key_reused'),
      'crashed environments': journal.crashCount,
      'jumps of the clock': journal.jumpCount,
      'periods summed while calls went on': closedMeanwhile,
      ...frequent,
    };
    const missing = Object.entries(met).filter(([, times]) => times <= 0);
    return missing.length === 0 ? undefined : `never met: ${missing.map(([what]) => what).join(', ')}`;
  },
};
