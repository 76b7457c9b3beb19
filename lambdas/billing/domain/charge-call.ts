// The charge: one transaction per try, a new minute where the old one is sealed, and the recorded outcome for a repeat.
import { DomainError, type ErrorLink } from '../../shared/kernel/errors.ts';
import { idTimeMs } from '../../shared/kernel/ids.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { ChargeRecord, Quota, TimedOutCall } from '../contract.ts';
import type { ChargeStore, IdempotencyStore, KeyUse } from '../ports.ts';
import { feeOf } from './price.ts';
import { type PriceTerms, rateCompute } from './price-book.ts';
import { inReplayWindow, KEY_MEMORY_MS, MAX_REPLAYS, replayed, replaysUsedUp, sameRequest } from './replay.ts';
import { type Pace, retryCharge } from './retry-charge.ts';
import { MAX_ID_AGE_MS } from './sealing.ts';
import { type ChargedCall, type UsageEvent, usageEvent } from './usage-event.ts';
import { minuteOf } from './usage-key.ts';

/** A minute is sealed at most once while a charge is under way; more means that clocks disagree by minutes. */
const MAX_MINUTES = 3;

export interface ChargePorts extends Pace {
  readonly charges: ChargeStore;
  readonly keys: IdempotencyStore;
  /** Makes the minute findable; free when this environment has done it before. */
  readonly open: (accountId: string, minute: string) => Promise<void>;
  readonly terms: () => PriceTerms;
  readonly newInferenceId: (nowMs: number) => string;
  readonly newToken: () => string;
}

const recordOf = (event: UsageEvent): ChargeRecord => ({
  inferenceId: event.inferenceId,
  model: event.model,
  version: event.version,
  amountMicros: event.amountMicros,
  replayed: false,
});

/** @param atMost - whether the amount may turn out to be less */
export const noFunds = (amountMicros: bigint, availMicros: bigint, atMost = false): DomainError =>
  new DomainError(
    'payment_required',
    'insufficient_funds',
    `the call costs ${atMost ? 'up to ' : ''}${formatMicros(amountMicros)} micros, available are ${formatMicros(availMicros)}: top up, or ask the operator for a grant`,
  );

/** Counts and returns the repeat of a recorded call. @throws DomainError idempotency_key_reused, idempotent_replays_used_up */
export const repeatCall = async (
  keys: IdempotencyStore,
  request: { accountId: string; use: KeyUse; claim: { key: string; requestSha256: string }; nowMs: number },
): Promise<ChargeRecord> => {
  const record = sameRequest(request.use, request.claim);
  const counted =
    inReplayWindow(record, request.nowMs) && (await keys.countReplay(request.accountId, record.key, MAX_REPLAYS));
  if (!counted) throw replaysUsedUp(record);
  return replayed(record);
};

/** @throws DomainError insufficient_funds, idempotency_key_reused, idempotent_replays_used_up, unavailable */
export const chargeCall = async (ports: ChargePorts, request: ChargedCall): Promise<ChargeRecord> => {
  const { accountId, idempotency: claim } = request;
  let { inferenceId } = request;
  let call: ChargedCall = request;
  const startedAtMs = ports.clock();
  for (let minuteCount = 0; minuteCount < MAX_MINUTES; ) {
    const nowMs = ports.clock();
    if (nowMs - idTimeMs(inferenceId) >= MAX_ID_AGE_MS) inferenceId = ports.newInferenceId(nowMs);
    const minute = minuteOf(inferenceId);
    await ports.open(accountId, minute);
    const event = usageEvent(call, { inferenceId, terms: ports.terms(), atMs: nowMs });
    const idempotency = claim && { ...claim, expiresAtMs: nowMs + KEY_MEMORY_MS };
    const charge = { event, quota: call.quota, minute, idempotency, nowMs, token: ports.newToken() };
    const outcome = await retryCharge(() => ports.charges.commit(charge), ports, startedAtMs);
    switch (outcome.is) {
      case 'committed':
      case 'recorded':
        return recordOf(event);
      case 'key_used':
        // Its own earlier try wrote the key: its answer was lost.
        if (outcome.use.call?.inferenceId === inferenceId) return recordOf(event);
        // The other call of a race won: this one is its repeat, though it began before there was anything to repeat.
        if (!claim) throw new Error('an idempotency key was refused where none was given');
        return repeatCall(ports.keys, { accountId, use: outcome.use, claim, nowMs });
      case 'no_funds':
        throw noFunds(event.amountMicros, outcome.availMicros);
      case 'quota_used':
        call = beyondQuota(call);
        break;
      case 'sealed':
        minuteCount++;
        inferenceId = ports.newInferenceId(ports.clock());
    }
  }
  throw new DomainError('unavailable', 'unavailable', 'the charge could not be recorded: its minutes are sealed', {
    headers: { 'retry-after': '60' },
  });
};

/** The same call where the included ones are used up: it surely was not counted. @throws DomainError quota_exceeded */
const beyondQuota = ({ quota, ...call }: ChargedCall): ChargedCall => {
  if (quota?.beyond) return { ...call, price: quota.beyond };
  throw quota ? quotaExceeded(quota, call.model) : new Error('a quota was refused where there is none');
};

const get = (rel: string, href: string): ErrorLink => ({ rel, method: 'GET', href });
const subscriptionCall = (id: string) => get('subscription', `/v1/subscriptions/${id}`);
const offersCall = (model: string) => get('offers', `/v1/models/${model}/offers`);

export const quotaExceeded = (
  { subscriptionId, includedCalls, periodEndMs }: Quota,
  model: string | undefined,
): DomainError =>
  new DomainError(
    'payment_required',
    'quota_exceeded',
    `the subscription includes ${includedCalls} calls in a period, all used: the next begins, or the subscription ends, at ${new Date(periodEndMs).toISOString()}`,
    { links: [subscriptionCall(subscriptionId), ...(model === undefined ? [] : [offersCall(model)])] },
  );

/**
 * The compute fee of a run that took too long, as an event of its own; no idempotency key is remembered for it, since
 * there is no answer to repeat.
 * @returns undefined where there is no fee: then nothing is recorded
 * @throws DomainError insufficient_funds, unavailable
 */
export const chargeTimeout = async (ports: ChargePorts, call: TimedOutCall): Promise<ChargeRecord | undefined> => {
  if (feeOf(rateCompute(ports.terms(), call.compute)) === 0n) return undefined;
  return chargeCall(ports, { ...call, rowCount: 0, idempotency: undefined, outcome: 'timed_out' });
};
