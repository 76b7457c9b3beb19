/** What a run that took too long costs its caller: the compute fee, committed before the answer says so. */
import type { Billing, TimedOutCall } from '../../billing/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import { formatMicros } from '../../shared/kernel/money.ts';

/**
 * @param fault - whatever the call failed with
 * @param mayCommit - whether there is time for a charge
 * @returns what to answer instead @throws DomainError insufficient_funds, unavailable
 */
export const chargeTimeout = async (
  billing: Pick<Billing, 'chargeTimeout'>,
  { call, fault, mayCommit }: { call: TimedOutCall; fault: unknown; mayCommit: () => boolean },
): Promise<unknown> => {
  if (!(fault instanceof DomainError && fault.code === 'model_timeout')) return fault;
  const record = mayCommit() ? await billing.chargeTimeout(call) : undefined;
  if (!record) return new DomainError('invalid', 'model_timeout', `${fault.message}; nothing was charged`);
  const price = formatMicros(record.amountMicros);
  return new DomainError(
    'invalid',
    'model_timeout',
    `${fault.message}; its compute fee of ${price} micros was charged`,
    {
      headers: {
        'x-request-id': record.inferenceId,
        'x-aimass-price-micros': price,
        'x-aimass-version': record.version,
      },
    },
  );
};
