/** Whether anybody's subscription to a model runs: until none does, it must go on answering. */
import { isRunning } from '../domain/subscription.ts';
import type { AccessStore } from '../ports/access.ts';

export const hasActiveSubscribers =
  (access: Pick<AccessStore, 'ofModel'>) =>
  async (model: string, nowMs: number): Promise<boolean> => {
    for await (const { subscription } of access.ofModel(model, undefined)) {
      if (isRunning(subscription, nowMs)) return true;
    }
    return false;
  };
