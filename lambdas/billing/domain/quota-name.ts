// A subscription's period, as its counter and the events that were counted in it name it: `sub_…#<the period's start>`.
import type { Quota } from '../contract.ts';

export const quotaName = ({ subscriptionId, periodStartMs }: Pick<Quota, 'subscriptionId' | 'periodStartMs'>): string =>
  `${subscriptionId}#${new Date(periodStartMs).toISOString()}`;

export const quotaStartMs = (name: string): number => Date.parse(name.slice(name.indexOf('#') + 1));

/** How long after its period a counter is kept. */
export const QUOTA_KEPT_MS = 60 * 24 * 3_600_000;
