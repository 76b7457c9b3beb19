// The charge: one transaction per try, a new minute where the old one is sealed, and the recorded outcome for a repeat.
import { DomainError } from '../../shared/kernel/errors.ts';
import { idTimeMs } from '../../shared/kernel/ids.ts';
import { formatMicros } from '../../shared/kernel/money.ts';
import type { ChargeRecord, ChargeRequest } from '../contract.ts';
import type { ChargeStore, IdempotencyStore, KeyUse } from '../ports.ts';
import { inReplayWindow, KEY_MEMORY_MS, MAX_REPLAYS, replayed, replaysUsedUp, sameRequest } from './replay.ts';
import { type Pace, retryCharge } from './retry-charge.ts';
import { MAX_ID_AGE_MS } from './sealing.ts';
import { type UsageEvent, usageEvent } from './usage-event.ts';
import { minuteOf } from './usage-key.ts';

/** A minute is sealed at most once while a charge is under way; more means that clocks disagree by minutes. */
const MAX_MINUTES = 3;

export interface ChargePorts extends Pace {
  readonly charges: ChargeStore;
  readonly keys: IdempotencyStore;
  /** Makes the minute findable; free when this environment has done it before. */
  readonly open: (accountId: string, minute: string) => Promise<void>;
  readonly publisherShareBps: () => number;
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

export const noFunds = (amountMicros: bigint, availMicros: bigint): DomainError =>
  new DomainError(
    'payment_required',
    'insufficient_funds',
    `the call costs ${formatMicros(amountMicros)} micros, available are ${formatMicros(availMicros)}`,
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
export const chargeCall = async (ports: ChargePorts, request: ChargeRequest): Promise<ChargeRecord> => {
  const { accountId, idempotency: claim } = request;
  let { inferenceId } = request;
  for (let minuteCount = 0; minuteCount < MAX_MINUTES; minuteCount++) {
    const nowMs = ports.clock();
    if (nowMs - idTimeMs(inferenceId) >= MAX_ID_AGE_MS) inferenceId = ports.newInferenceId(nowMs);
    const minute = minuteOf(inferenceId);
    await ports.open(accountId, minute);
    const event = usageEvent(request, { inferenceId, publisherShareBps: ports.publisherShareBps(), atMs: nowMs });
    const idempotency = claim && { ...claim, expiresAtMs: nowMs + KEY_MEMORY_MS };
    const charge = { event, minute, idempotency, nowMs, token: ports.newToken() };
    const outcome = await retryCharge(() => ports.charges.commit(charge), ports);
    switch (outcome.is) {
      case 'committed':
      case 'recorded':
        return recordOf(event);
      case 'key_used':
        // The other call of a race won: this one is its repeat, though it began before there was anything to repeat.
        if (!claim) throw new Error('an idempotency key was refused where none was given');
        return repeatCall(ports.keys, { accountId, use: outcome.use, claim, nowMs });
      case 'no_funds':
        throw noFunds(event.amountMicros, outcome.availMicros);
      case 'sealed':
        inferenceId = ports.newInferenceId(ports.clock());
    }
  }
  throw new DomainError('unavailable', 'unavailable', 'the charge could not be recorded: its minutes are sealed', {
    headers: { 'retry-after': '60' },
  });
};
