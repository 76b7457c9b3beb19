// A grant: written under the id it was asked with, or under a new one where the minute of that one is sealed meanwhile.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { LedgerEntry, LedgerStore } from '../ports.ts';

/** A minute is sealed two minutes after its end: a second refusal means that clocks disagree by minutes. */
const MAX_IDS = 3;

export interface GrantPorts {
  readonly ledger: Pick<LedgerStore, 'grant'>;
  readonly clock: () => number;
  readonly newEntryId: (nowMs: number) => string;
}

/** @throws DomainError idempotency_key_reused, unavailable */
export const grantFunds = async (
  ports: GrantPorts,
  entry: Omit<LedgerEntry, 'id' | 'createdAtMs'>,
  claim: Parameters<LedgerStore['grant']>[1],
): Promise<LedgerEntry> => {
  for (let idCount = 0; idCount < MAX_IDS; idCount++) {
    const nowMs = ports.clock();
    const granted = await ports.ledger.grant({ ...entry, id: ports.newEntryId(nowMs), createdAtMs: nowMs }, claim);
    if (granted !== 'sealed') return granted;
  }
  throw new DomainError('unavailable', 'unavailable', 'the grant could not be recorded: its minutes are sealed', {
    headers: { 'retry-after': '60' },
  });
};
