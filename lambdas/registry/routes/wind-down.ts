/** The subscriptions to a withdrawn model: each ends with the period that it is in, as if its subscriber had cancelled it. */
import { nextAccess } from '../domain/access.ts';
import { cancelSubscription, endOf, isRunning } from '../domain/subscription.ts';
import type { AccessStore, Subscription } from '../ports/access.ts';
import type { Subscribers } from '../ports/life.ts';
import { endNews } from './end-news.ts';
import { retryChanged } from './retry-changed.ts';

type WindDownStore = Pick<AccessStore, 'ofModel' | 'find' | 'write'>;

export const windDown =
  (access: WindDownStore): Subscribers['windDown'] =>
  async (model, { nowMs, hasTime }) => {
    let lastEndMs: number | undefined;
    for await (const { accountId, subscription } of access.ofModel(model, undefined)) {
      if (!hasTime()) return { isDone: false, lastEndMs };
      if (!isRunning(subscription, nowMs)) continue;
      // A trial's end stands from its beginning.
      const endMs = isOpenEnded(subscription) ? await cancel(access, { model, accountId, nowMs }) : endOf(subscription);
      lastEndMs = Math.max(lastEndMs ?? endMs, endMs);
    }
    return { isDone: true, lastEndMs };
  };

const isOpenEnded = ({ endsAtMs, trialEndsAtMs }: Subscription) =>
  endsAtMs === undefined && trialEndsAtMs === undefined;

/** @returns when it ends */
const cancel = (
  access: WindDownStore,
  { model, accountId, nowMs }: { model: string; accountId: string; nowMs: number },
) =>
  retryChanged(async () => {
    const before = await access.find(model, accountId);
    if (!before?.subscription) throw new Error(`a subscription is never taken away: ${model} ${accountId}`);
    // Somebody may have cancelled it since it was listed.
    if (!isOpenEnded(before.subscription)) return endOf(before.subscription);
    const subscription = cancelSubscription(before.subscription, { now: false, nowMs });
    if (!subscription) return endOf(before.subscription);
    const next = nextAccess(before, { model, accountId, handle: before.handle }, { subscription }, nowMs);
    const news = endNews(subscription, nowMs, 'its model was deleted');
    return (await access.write({ access: next, news, nowMs })) ? endOf(subscription) : undefined;
  });
