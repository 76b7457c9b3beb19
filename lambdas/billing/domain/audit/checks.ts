// Everything the auditor checks: what a finding means, and what mends it. Printed by `npm run audit`.

interface Check {
  /** What holds of sound books. */
  readonly holds: string;
  readonly mend: string;
}

const RECOUNT =
  '`npm run audit -- --account <account> --recount <period>`, both as the finding tells; the sealer then sums it up anew';
const RESTORE = 'restore the item from point-in-time recovery';

export const auditChecks = {
  balance: {
    holds: 'the wallet holds the last seal’s closing balance, plus entries, less events since',
    mend: 'find which side is wrong (docs/guides/money.md); a wallet is corrected by the difference in one atomic update, never set',
  },
  funds: {
    holds: '`avail` and `creditLimit` are 0 or more',
    mend: 'look who wrote the wallet last; no function of ours takes it below zero',
  },
  fence: {
    holds: 'no minute is sealed before it is over: until then no call of the account can be charged',
    mend: 'set `sealedThrough` of the wallet back to the last minute that has a sum; the sealer moves it on',
  },
  wallet_missing: { holds: 'an account with paid calls, entries or sums has a wallet', mend: RESTORE },
  account_unreadable: { holds: 'wallet, sums, months, quotas and archive records have every attribute', mend: RESTORE },
  not_audited: {
    holds: 'an account is audited from end to end',
    mend: '`npm run audit -- --account` takes as long as it takes; when that fails, too: what it says',
  },
  event_unreadable: { holds: 'an event has every attribute it was written with', mend: RESTORE },
  event_place: { holds: 'an event lies under the account, minute and shard that its id says', mend: RESTORE },
  event_price: { holds: 'an event’s amount is what its own rates, rows, run and share make', mend: RESTORE },
  event_legs: {
    holds: 'an event’s legs sum to zero and are what its price, share and compute fee make',
    mend: RESTORE,
  },
  event_unmarked: { holds: 'the minute of an event is marked open, or summed', mend: RECOUNT },
  marker_missing: { holds: 'an open minute with events has its hour and its day marked', mend: RECOUNT },
  minute_sum: { holds: 'a sealed minute’s sums are those of its events', mend: `if the events are right: ${RECOUNT}` },
  hour_sum: { holds: 'a sealed hour’s sums are those of its minutes', mend: RECOUNT },
  day_sum: { holds: 'a sealed day’s sums are those of its hours', mend: RECOUNT },
  month_sum: {
    holds: 'a sealed month’s sums are those of its days',
    mend: RECOUNT,
  },
  month_totals: {
    holds: 'a sealed month’s grants, debits and events are those of its entries and days',
    mend: RECOUNT,
  },
  month_chain: {
    holds: 'a month opens with what the one before closed with, and closes with opening plus grants less debits',
    mend: `from the first broken month on, one after the other: ${RECOUNT}`,
  },
  quota: {
    holds: 'a subscription’s period has counted as many included calls as there are events that name its counter',
    mend: 'correct `used` of the counter (`acc_…#quota`) by the difference in one atomic update, never set; if an event is wrong, restore that',
  },
  entry_unreadable: { holds: 'a ledger entry has every attribute it was written with', mend: RESTORE },
  entry_legs: { holds: 'an entry’s legs sum to zero, and the account’s leg is its amount', mend: RESTORE },
  archive_object: {
    holds: 'an archived object is there and has the checksum that was recorded',
    mend: 'restore the recorded version of the object: the bucket is versioned',
  },
  archive_content: {
    holds: 'an archived object holds the events that were counted when it was recorded',
    mend: 'restore the day’s record from point-in-time recovery',
  },
  archive_leftover: {
    holds: 'no event of an archived day is left in, or came into, the table',
    mend: 'a late free call, or a copy: export it with the item’s key, then delete it',
  },
} as const satisfies Record<string, Check>;

export type AuditCheck = keyof typeof auditChecks;

/** One thing that does not hold. */
export interface Finding {
  readonly accountId: string;
  readonly check: AuditCheck;
  readonly expected: string;
  readonly found: string;
  /** What it is about: an id, a period, a period with model and key, an object's key, `wallet`. */
  readonly at: string;
}

export const findingKey = ({ accountId, check, at }: Finding): string => `${accountId} ${check} ${at}`;

/** Each once. */
export const distinctFindings = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [findingKey(finding), finding])).values(),
];
