/** The subscriptions to a withdrawn model: each ends with the period that it is in, as if its subscriber had cancelled it. */
import { nextAccess } from '../domain/access.ts';
import { cancelSubscription, isRunning } from '../domain/subscription.ts';
import type { AccessStore, Subscription } from '../ports/access.ts';
import type { Subscribers } from '../ports/life.ts';
import { endNews } from './end-news.ts';
import { retryChanged } from './retry-changed.ts';

type WindDownStore = Pick<AccessStore, 'ofModel' | 'find' | 'write'>;

export const windDown =
  (access: WindDownStore): Subscribers['windDown'] =>
  async (model, nowMs) => {
    let runs = false;
    for await (const { accountId, subscription } of access.ofModel(model, undefined)) {
      if (!isRunning(subscription, nowMs)) continue;
      runs = true;
      // A trial's end stands from its beginning.
      if (isOpenEnded(subscription)) await cancel(access, { model, accountId, nowMs });
    }
    return runs;
  };

const isOpenEnded = ({ endsAtMs, trialEndsAtMs }: Subscription) =>
  endsAtMs === undefined && trialEndsAtMs === undefined;

const cancel = (
  access: WindDownStore,
  { model, accountId, nowMs }: { model: string; accountId: string; nowMs: number },
) =>
  retryChanged(async () => {
    const before = await access.find(model, accountId);
    // Somebody may have cancelled it since it was listed.
    if (!before || !isRunning(before.subscription, nowMs) || !isOpenEnded(before.subscription)) return true;
    const subscription = cancelSubscription(before.subscription, { now: false, nowMs });
    if (!subscription) return true;
    const next = nextAccess(before, { model, accountId, handle: before.handle }, { subscription }, nowMs);
    const news = endNews(subscription, nowMs, 'its model was deleted');
    return (await access.write({ access: next, news, nowMs })) || undefined;
  });
