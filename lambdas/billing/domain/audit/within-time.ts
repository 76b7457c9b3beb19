// Ends the audit of an account whose time is up, at its next look: one account must not hold up all behind it.
import type { KeptEvent } from '../kept.ts';
import type { AccountPorts } from './audit-account.ts';

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** The same ports, which throw OutOfTime from the deadline on. */
export const withinTime = (
  ports: AccountPorts,
  { accountMs, clock }: { readonly accountMs: number; readonly clock: () => number },
): AccountPorts => {
  const deadlineMs = clock() + accountMs;
  const check = () => {
    if (clock() >= deadlineMs) throw new OutOfTime(`more than is read in ${accountMs / 1_000} s`);
  };
  async function* checked(events: AsyncIterable<KeptEvent>) {
    for await (const event of events) {
      check();
      yield event;
    }
  }
  return {
    ...ports,
    audit: {
      wallet: async (accountId) => {
        check();
        return ports.audit.wallet(accountId);
      },
      entries: async (accountId, fromMs) => {
        check();
        return ports.audit.entries(accountId, fromMs);
      },
      quotas: async (accountId) => {
        check();
        return ports.audit.quotas(accountId);
      },
    },
    usage: {
      sums: async (...which) => {
        check();
        return ports.usage.sums(...which);
      },
    },
    events: {
      ofMinute: async (accountId, minute) => {
        check();
        return ports.events.ofMinute(accountId, minute);
      },
    },
    objects: {
      faultOfLatest: (stored) => ports.objects.faultOfLatest(stored),
      read: async (stored) => checked(await ports.objects.read(stored)),
    },
  };
};
