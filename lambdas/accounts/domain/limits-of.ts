// The limits of an account: its plan's, or what an operator set.
import { type LimitOverride, planLimits } from '../contract.ts';
import type { CallLimits } from '../ports.ts';

const byPlan: Readonly<Record<string, CallLimits>> = planLimits;

/** @returns nothing for the default plan's own, which hold for whoever tells of none */
export const limitsOf = (account: {
  readonly plan: string;
  readonly limits?: LimitOverride | undefined;
}): { readonly limits?: CallLimits } => {
  const { plan, limits } = account;
  const planned = byPlan[plan] ?? planLimits.free;
  if (!limits && planned === planLimits.free) return {};
  return { limits: { key: limits?.key ?? planned.key, account: limits?.account ?? planned.account } };
};
