// Billing's stores in memory, with the table's conditions: what a charge may write is checked and written at once.

import { countedOf, type ToldUsage } from '../../../lambdas/billing/domain/counted-usage.ts';
import { type SumChange, sumMinute } from '../../../lambdas/billing/domain/minute-sum.ts';
import { lastMinuteOf, sealedGranularityOf } from '../../../lambdas/billing/domain/sealing.ts';
import type { UsageEvent } from '../../../lambdas/billing/domain/usage-event.ts';
import { NO_KEY } from '../../../lambdas/billing/domain/usage-key.ts';
import type { UsageSum } from '../../../lambdas/billing/domain/usage-sum.ts';
import type {
  ChargeStore,
  IdempotencyRecord,
  IdempotencyStore,
  OpenPeriods,
  UsageStore,
  WalletStore,
} from '../../../lambdas/billing/ports.ts';
import { periodEndMs, periodStartMs } from '../../../lambdas/shared/kernel/period.ts';

const nameOf = (accountId: string, { period, model, keyId }: UsageSum) => `${accountId} ${period}#${model}#${keyId}`;

export class MemoryBilling {
  readonly money = new Map<string, { avail: bigint; sealedThrough: string | undefined }>();
  readonly events = new Map<string, { event: UsageEvent; minute: string }>();
  readonly keys = new Map<string, IdempotencyRecord>();
  /** Included calls that were made. */
  readonly used = new Map<string, number>();
  readonly markers = new Set<string>();
  readonly stored = new Map<string, UsageSum>();
  readonly told: { readonly accountId: string; readonly minute: string; readonly models: readonly ToldUsage[] }[] = [];
  /** Called before each write; a test throws here to kill whoever writes. */
  beforeWrite: () => void = () => {};

  fund(accountId: string, amountMicros: bigint): void {
    const wallet = this.money.get(accountId);
    this.money.set(accountId, {
      avail: (wallet?.avail ?? 0n) + amountMicros,
      sealedThrough: wallet?.sealedThrough,
    });
  }

  readonly wallets: WalletStore = {
    find: async (accountId) => {
      const wallet = this.money.get(accountId);
      return wallet && { ...wallet, creditLimit: 0n };
    },
    fence: async (accountId, minute) => {
      this.beforeWrite();
      const { avail, sealedThrough = '' } = this.money.get(accountId) ?? { avail: 0n };
      if (sealedThrough < minute) this.money.set(accountId, { avail, sealedThrough: minute });
    },
  };

  readonly charges: ChargeStore = {
    commit: async ({ event, quota, minute, idempotency, nowMs }) => {
      if (this.events.has(event.inferenceId)) return { is: 'recorded' };
      const key = idempotency && `${event.accountId} ${idempotency.key}`;
      const known = key ? this.keys.get(key) : undefined;
      if (known) return { is: 'key_used', use: { requestSha256: known.requestSha256, call: known } };
      const counted = quota && `${event.accountId} ${quota.subscriptionId} ${quota.periodStartMs}`;
      const used = counted === undefined ? 0 : (this.used.get(counted) ?? 0);
      if (event.amountMicros > 0n) {
        const wallet = this.money.get(event.accountId);
        if (wallet?.sealedThrough !== undefined && wallet.sealedThrough >= minute) return { is: 'sealed' };
        const avail = wallet?.avail ?? 0n;
        if (quota && used >= quota.includedCalls) return { is: 'quota_used' };
        if (avail < event.amountMicros) return { is: 'no_funds', availMicros: avail };
        this.money.set(event.accountId, {
          avail: avail - event.amountMicros,
          sealedThrough: wallet?.sealedThrough,
        });
      }
      if (quota && used >= quota.includedCalls) return { is: 'quota_used' };
      if (counted !== undefined) this.used.set(counted, used + 1);
      this.events.set(event.inferenceId, { event, minute });
      if (key && idempotency) {
        const { inferenceId, model, version, amountMicros } = event;
        const { requestSha256 } = idempotency;
        const record = { inferenceId, model, version, amountMicros, requestSha256, replays: 0, firstAtMs: nowMs };
        this.keys.set(key, { key: idempotency.key, ...record });
      }
      return { is: 'committed' };
    },
  };

  readonly keyStore: IdempotencyStore = {
    find: async (accountId, key) => {
      const call = this.keys.get(`${accountId} ${key}`);
      return call && { requestSha256: call.requestSha256, call };
    },
    countReplay: async (accountId, key, limit) => {
      const call = this.keys.get(`${accountId} ${key}`);
      if (!call || call.replays >= limit) return false;
      this.keys.set(`${accountId} ${key}`, { ...call, replays: call.replays + 1 });
      return true;
    },
  };

  readonly open: OpenPeriods = {
    mark: async (accountId, period) => {
      this.markers.add(`${accountId} ${period}`);
    },
    list: async (accountId, prefix = '') => this.#marked(accountId).filter((period) => period.startsWith(prefix)),
    due: async (lastMinute, limit) =>
      [...this.markers]
        .map((marker) => ({ accountId: marker.split(' ')[0] ?? '', period: marker.split(' ')[1] ?? '' }))
        .filter(({ period }) => lastMinuteOf(period) <= lastMinute)
        .slice(0, limit),
    close: async (accountId, period) => {
      this.beforeWrite();
      this.markers.delete(`${accountId} ${period}`);
    },
  };

  readonly usage: UsageStore = {
    eventSums: async (accountId, minute) =>
      sumMinute(
        minute,
        [...this.events.values()]
          .filter((stored) => stored.event.accountId === accountId && stored.minute === minute)
          .map(({ event }) => ({
            period: minute,
            model: event.model,
            keyId: event.keyId ?? NO_KEY,
            calls: 1,
            rows: event.rowCount,
            amountMicros: event.amountMicros,
            counted: countedOf(event),
          })),
      ),
    sums: async (accountId, granularity, first, last) =>
      [...this.stored]
        .filter(([at]) => at.startsWith(`${accountId} `))
        .map(([, sum]) => sum)
        .filter(({ period }) => sealedGranularityOf(period) === granularity)
        .filter(
          ({ period }) => periodStartMs(period) >= periodStartMs(first) && periodEndMs(period) <= periodEndMs(last),
        ),
    setSums: async (accountId, sums) => {
      for (const sum of sums) {
        this.beforeWrite();
        this.stored.set(nameOf(accountId, sum), sum);
      }
    },
    setMinutePart: async (accountId, minute, { changes, models }) => {
      this.beforeWrite();
      const isAsRead = ({ sum, before }: SumChange) => this.stored.get(nameOf(accountId, sum)) === before;
      if (!changes.every(isAsRead)) return false;
      for (const { sum } of changes) this.stored.set(nameOf(accountId, sum), sum);
      if (models.length > 0) this.told.push({ accountId, minute, models });
      return true;
    },
  };

  #marked(accountId: string): string[] {
    return [...this.markers]
      .filter((marker) => marker.startsWith(`${accountId} `))
      .map((marker) => marker.slice(accountId.length + 1));
  }
}
