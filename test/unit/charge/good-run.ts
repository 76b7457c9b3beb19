// One small run in which nothing is wrong, by hand: two paid calls, a repeat, two refusals, and a grant.
import type { Attempt, Came } from '../../charge/journal.ts';
import { ourCharge } from '../../charge/our-charge.ts';
import type { PlannedCall, PlannedModel } from '../../charge/plan.ts';
import type { Run } from '../../charge/run.ts';
import type { StoredEvent } from '../../charge/truth.ts';
import { CONSUMER, PUBLISHER } from '../billing/charge-request.ts';

export const MINUTE = '2026-11-23T20:46';
export const idOf = (what: string): string => `inf_${what.toUpperCase().padStart(26, '0')}`;
export const userOf = (what: string): string => `usr_${what.toUpperCase().padStart(26, '0')}`;

const model: PlannedModel = {
  name: 'acme.iris',
  owner: 'publisher',
  price: { perCallMicros: '200', perRowMicros: '10', version: 1 },
};
const sha = (letter: string) => letter.repeat(64);

const call = (index: number, changes: Partial<PlannedCall> = {}): PlannedCall => ({
  index,
  account: 'poor',
  model,
  rowCount: 3,
  keyId: undefined,
  key: undefined,
  requestSha256: sha('a'),
  environment: 0,
  lagging: false,
  crashesAt: undefined,
  slow: false,
  ...changes,
});

export const answered = (inferenceId: string, replayed = false): Came => ({
  as: 'answered',
  record: { inferenceId, model: model.name, version: '1.0.0', amountMicros: 230n, replayed },
});

export const refused = (code: string, message = code): Came => ({ as: 'refused', code, message });

export const attempt = (
  planned: PlannedCall,
  { id, came, revisions }: { id: string; came: Came; revisions: readonly [from: number, to: number] },
): Attempt => ({
  call: planned,
  accountId: CONSUMER,
  userId: userOf(id),
  came,
  revisions: { from: revisions[0], to: revisions[1] },
  settling: false,
});

export const event = (id: string, changes: Partial<StoredEvent> = {}): StoredEvent => ({
  inferenceId: idOf(id),
  minute: MINUTE,
  accountId: CONSUMER,
  ownerAccountId: PUBLISHER,
  model: model.name,
  keyId: '-',
  userId: userOf(id),
  rowCount: 3,
  amountMicros: 230n,
  legs: { consumer: -230n, publisher: 184n, platform: 46n },
  requestSha256: undefined,
  ...changes,
});

const entry = (sk: string, amountMicros: bigint, reason: string) => ({
  sk,
  accountId: CONSUMER,
  amountMicros,
  legs: { account: amountMicros, grants: -amountMicros },
  reason,
});

const sumsOf = (period: string) => ({
  pk: `${CONSUMER}#usage`,
  sk: period,
  accountId: CONSUMER,
  period,
  model: model.name,
  keyId: '-',
  calls: 2,
  rows: 6,
  amountMicros: 460n,
});

export const keyed = call(0, { key: 'key-0' });
export const keyless = call(2);
export const tooDear = call(4);

/** Made anew by each call. */
export const goodRun = (): Run => {
  const grant = { account: 'poor', amountMicros: 200n, key: 'grant-0', afterCalls: 5 } as const;
  const otherBody = call(3, { key: 'key-0', requestSha256: sha('b') });
  return {
    plan: {
      seed: 1,
      calls: [keyed, call(1, { key: 'key-0' }), keyless, otherBody, tooDear],
      grants: [grant],
      jumps: [],
    },
    algorithm: ourCharge,
    journal: {
      attempts: [
        attempt(keyed, { id: 'a', came: answered(idOf('a')), revisions: [1, 2] }),
        attempt(call(1, { key: 'key-0' }), { id: 'b', came: answered(idOf('a'), true), revisions: [2, 2] }),
        attempt(keyless, { id: 'c', came: answered(idOf('c')), revisions: [2, 3] }),
        attempt(otherBody, { id: 'd', came: refused('idempotency_key_reused'), revisions: [3, 3] }),
        attempt(tooDear, {
          id: 'e',
          came: refused('insufficient_funds', 'the call costs 230 micros, available are 40: top up'),
          revisions: [3, 4],
        }),
      ],
      grants: [{ grant, accountId: CONSUMER, entryId: 'txn_1' }],
      broken: [],
      crashCount: 1,
      jumpCount: 1,
    },
    truth: {
      events: [event('a', { requestSha256: sha('a') }), event('c')],
      entries: [entry('txn_0', 500n, 'opening'), entry('txn_1', 200n, 'grant-0')],
      keys: [
        {
          pk: `${CONSUMER}#idem`,
          sk: 'key-0',
          use: 'call',
          accountId: CONSUMER,
          inferenceId: idOf('a'),
          requestSha256: sha('a'),
          amountMicros: 230n,
          replays: 1,
        },
      ],
      sums: [MINUTE, MINUTE.slice(0, 13), MINUTE.slice(0, 10)].map(sumsOf),
      balances: new Map([[CONSUMER, [500n, 270n, 40n, 240n]]]),
      revisions: new Map([[CONSUMER, [1, 2, 3, 4]]]),
      changedEvents: [],
      closedCount: 1,
    },
    faultCounts: { 'drop-answer': 1 },
    closedMeanwhile: 1,
  };
};
