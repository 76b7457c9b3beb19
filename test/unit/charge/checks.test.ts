// Each check over runs made by hand: silent where all is well, and not where the one thing is wrong that it is there for.
import { describe, expect, it } from 'vitest';
import { allChecks } from '../../charge/checks/all-checks.ts';
import type { Journal } from '../../charge/journal.ts';
import type { Run } from '../../charge/run.ts';
import type { Truth } from '../../charge/truth.ts';
import { CONSUMER } from '../billing/charge-request.ts';
import { answered, attempt, event, goodRun, idOf, keyed, keyless, refused, tooDear, userOf } from './good-run.ts';

type Change = (run: Run) => Partial<Run>;

const inTruth =
  (change: (truth: Truth) => Partial<Truth>): Change =>
  ({ truth }) => ({ truth: { ...truth, ...change(truth) } });
const inJournal =
  (change: (journal: Journal) => Partial<Journal>): Change =>
  ({ journal }) => ({ journal: { ...journal, ...change(journal) } });
/** The state after the last one, or another history altogether. */
const balances = (...states: bigint[]): Change => inTruth(() => ({ balances: new Map([[CONSUMER, states]]) }));
const firstOf = <T>(items: readonly T[], changes: Partial<T>): T[] =>
  items.map((item, index) => (index === 0 ? { ...item, ...changes } : item));
const moreAttempts = (...attempts: Journal['attempts']): Change =>
  inJournal((journal) => ({ attempts: [...journal.attempts, ...attempts] }));
const firstEvent = (changes: Partial<Truth['events'][number]>): Change =>
  inTruth(({ events }) => ({ events: firstOf(events, changes) }));

/** Seen by the check that it stands under, and told with these words. */
const badRuns: Readonly<Record<string, readonly (readonly [what: string, told: string, change: Change])[]>> = {
  'answered-has-one-event': [
    ['an answer has no event', '1 of 3 answers', inTruth(({ events }) => ({ events: events.slice(0, 1) }))],
    ['an answer has two', '1 of 3 answers', inTruth(({ events }) => ({ events: [...events, event('c')] }))],
    ['an event is another account’s', '2 of 3', firstEvent({ accountId: 'acc_other' })],
    ['an event is of another model', '2 of 3', firstEvent({ model: 'acme.wine' })],
    ['an event has another price', '2 of 3', firstEvent({ amountMicros: 231n })],
    ['an event has other rows', '2 of 3', firstEvent({ rowCount: 4 })],
  ],
  'no-id-answered-twice': [
    [
      'two calls are answered with one id',
      '1 ids were answered twice',
      moreAttempts(attempt(keyless, { id: 'f', came: answered(idOf('c')), revisions: [4, 4] })),
    ],
    ['an id has two events', '1 recorded twice', inTruth(({ events }) => ({ events: [...events, event('c')] }))],
    [
      'an attempt is charged under its old id and a new one',
      '1 attempts charged twice',
      inTruth(({ events }) => ({ events: [...events, event('f', { userId: userOf('c') })] })),
    ],
  ],
  'key-charged-once': [
    [
      'a repeat is charged and not answered',
      '1 were charged more than once',
      (run) => ({
        ...moreAttempts(attempt(keyed, { id: 'f', came: { as: 'unknown', why: '' }, revisions: [4, 5] }))(run),
        ...inTruth(({ events }) => ({ events: [...events, event('f')] }))(run),
      }),
    ],
    [
      'a call is charged again under a new id',
      '1 were charged more than once',
      inTruth(({ events }) => ({ events: [...events, event('f', { userId: userOf('a') })] })),
    ],
    [
      'a repeat is answered as a call of its own',
      '1 were answered as several',
      moreAttempts(attempt(keyed, { id: 'f', came: answered(idOf('f')), revisions: [4, 5] })),
    ],
    [
      'another body is answered',
      '1 were answered as several',
      moreAttempts(
        attempt({ ...keyed, requestSha256: 'b' }, { id: 'f', came: answered(idOf('a'), true), revisions: [4, 4] }),
      ),
    ],
  ],
  'charged-repeats-are-free': [
    [
      'a charged call is never answered',
      '1 calls were charged and never answered',
      inJournal(({ attempts }) => ({ attempts: attempts.slice(2) })),
    ],
    ...(['unknown', 'broken'] as const).map(
      (as) =>
        [
          `a repeat over a good network is ${as}`,
          '1 repeats over a good network failed',
          moreAttempts({ ...attempt(keyed, { id: 'f', came: { as, why: '' }, revisions: [4, 4] }), settling: true }),
        ] as const,
    ),
  ],
  'recorded-wholly': [
    ['a debit has no event', '1 debits and events', balances(500n, 270n, 40n, 240n, 10n)],
    ['an event has no debit', '1 debits and events', balances(500n, 270n, 470n)],
    ['a key has no event', '1 keys without', inTruth(({ events }) => ({ events: events.slice(1) }))],
    ['a keyed event has no key', '1 events without', inTruth(() => ({ keys: [] }))],
    [
      'a key has another’s price',
      '1 keys without',
      inTruth(({ keys }) => ({ keys: firstOf(keys, { amountMicros: 1n }) })),
    ],
  ],
  'balance-is-events': [
    ['money was not taken', '50 % were never taken', balances(500n, 270n, 470n)],
    ['money was taken without an event', '50 % too much', balances(500n, 270n, 40n, 240n, 10n)],
    ['two debits were one', '1 balances are wrong', balances(500n, 40n, 240n)],
  ],
  'legs-sum-to-zero': [
    [
      'an event’s legs leave a rest',
      '1 of 4',
      firstEvent({ legs: { consumer: -230n, publisher: 184n, platform: 45n } }),
    ],
    [
      'a consumer pays another price',
      '1 of 4',
      firstEvent({ legs: { consumer: -231n, publisher: 185n, platform: 46n } }),
    ],
    ['a publisher pays', '1 of 4', firstEvent({ legs: { consumer: -230n, publisher: -1n, platform: 231n } })],
    ['the platform pays', '1 of 4', firstEvent({ legs: { consumer: -230n, publisher: 231n, platform: -1n } })],
    ['an owner is paid by itself', '1 of 4', firstEvent({ ownerAccountId: CONSUMER })],
    [
      'a grant comes from nowhere',
      '1 of 4',
      inTruth(({ entries }) => ({ entries: firstOf(entries, { legs: { account: 500n, grants: 0n } }) })),
    ],
  ],
  'never-below-zero': [
    ['a wallet was below zero for one state', 'lowest -1 micros', balances(500n, 270n, 40n, -1n, 199n)],
  ],
  'refused-is-not-recorded': [
    [
      'a call that was told 402 is recorded',
      '1 of 2 refused calls',
      inTruth(({ events }) => ({ events: [...events, event('e')] })),
    ],
    [
      'a call that was told 402 is recorded under a new id',
      '1 of 2 refused calls',
      inTruth(({ events }) => ({ events: [...events, event('f', { userId: userOf('e') })] })),
    ],
  ],
  'refused-only-without-funds': [
    [
      'the money was there while it was under way, though not later',
      '1 of 2 refusals',
      moreAttempts(
        attempt(tooDear, {
          id: 'f',
          came: refused('insufficient_funds', 'the call costs 230 micros, available are 40: top up'),
          revisions: [1, 2],
        }),
      ),
    ],
    [
      'a call for nothing is refused',
      '1 of 2 refusals',
      moreAttempts(
        attempt(tooDear, {
          id: 'f',
          came: refused('insufficient_funds', 'the call costs 0 micros, available are 0: top up'),
          revisions: [0, 0],
        }),
      ),
    ],
  ],
  'grants-added-once': [
    ['a grant was lost', '1 of 1 grants', inTruth(({ entries }) => ({ entries: entries.slice(0, 1) }))],
    [
      'a grant was added twice',
      '1 of 1 grants',
      inTruth(({ entries }) => ({ entries: [...entries, ...firstOf(entries.slice(1), { sk: 'txn_2' })] })),
    ],
    [
      'a grant that nobody was told of was added twice',
      '1 of 1 grants',
      (run) => ({
        ...inTruth(({ entries }) => ({ entries: [...entries, ...firstOf(entries.slice(1), { sk: 'txn_2' })] }))(run),
        ...inJournal(({ grants }) => ({ grants: firstOf(grants, { entryId: undefined }) }))(run),
      }),
    ],
    [
      'a grant went to another',
      '1 of 1 grants',
      inJournal(({ grants }) => ({ grants: firstOf(grants, { accountId: 'acc_other' }) })),
    ],
  ],
  'events-never-change': [
    ['an event was written again', '1 events were changed', inTruth(() => ({ changedEvents: [idOf('a')] }))],
  ],
  'sums-are-events': [
    ['a sum was never written', '2 events: 100 % lost', inTruth(({ sums }) => ({ sums: sums.slice(1) }))],
    ['a sum counts a call twice', '50 % too many', inTruth(({ sums }) => ({ sums: firstOf(sums, { calls: 3 }) }))],
    ['a sum has other rows', '1 minute sums', inTruth(({ sums }) => ({ sums: firstOf(sums, { rows: 7 }) }))],
    ['a sum has other money', '1 minute sums', inTruth(({ sums }) => ({ sums: firstOf(sums, { amountMicros: 1n }) }))],
    ['an event is in no sum', 'sums tell 2 calls', inTruth(({ events }) => ({ events: [...events, event('f')] }))],
  ],
  'nothing-broke': [
    [
      'a call would have been answered with 500',
      'the first: TypeError',
      moreAttempts(attempt(keyless, { id: 'f', came: { as: 'broken', why: 'TypeError' }, revisions: [4, 4] })),
    ],
    ['summing failed', 'the first: summing', inJournal(() => ({ broken: ['summing: TypeError'] }))],
  ],
  'something-happened': [
    ['few calls were answered', 'calls answered', ({ plan }) => ({ plan: { ...plan, calls: Array(6).fill(keyless) } })],
    ['a fault was never met', 'drop-answer', () => ({ faultCounts: { 'drop-answer': 0 } })],
    ['nothing died', 'crashed environments', inJournal(() => ({ crashCount: 0 }))],
    ['the clock stood', 'jumps of the clock', inJournal(() => ({ jumpCount: 0 }))],
    ['nothing was summed meanwhile', 'periods summed', () => ({ closedMeanwhile: 0 })],
    ...[
      ['answers as repeats', 1],
      ['refused for a key of another', 3],
      ['refused for want of money', 4],
    ].map(
      ([told, without]) =>
        [
          `never: ${told}`,
          String(told),
          inJournal(({ attempts }) => ({ attempts: attempts.filter((_, index) => index !== without) })),
        ] as const,
    ),
  ],
};

describe.each(allChecks)('the check $name', ({ name, find }) => {
  it('is silent where all is well', () => {
    expect(find(goodRun())).toBeUndefined();
  });

  const bad = badRuns[name] ?? [];
  it('is shown to fail', () => expect(bad).not.toEqual([]));

  it.each(bad)('tells that %s', (_what, told, change) => {
    const run = goodRun();
    expect(find({ ...run, ...change(run) })).toContain(told);
  });
});

describe('the check refused-only-without-funds', () => {
  const find = allChecks.find(({ name }) => name === 'refused-only-without-funds')?.find;
  const refusedWithin = (from: number, to: number) => {
    const came = refused('insufficient_funds', 'the call costs 230 micros, available are 40: top up');
    const run = goodRun();
    return find?.({ ...run, ...moreAttempts(attempt(tooDear, { id: 'f', came, revisions: [from, to] }))(run) });
  };

  it.each([
    ['the money was gone when it began', 3, 4],
    ['the money went while it was under way', 2, 3],
    ['there was no wallet yet when it began', 0, 2],
  ])('is silent where %s', (_what, from, to) => {
    expect(refusedWithin(from, to)).toBeUndefined();
  });
});
