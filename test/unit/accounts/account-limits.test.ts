import { describe, expect, it } from 'vitest';
import { planLimits } from '../../../lambdas/accounts/contract.ts';
import type { Account, LimitStore } from '../../../lambdas/accounts/ports.ts';
import { getLimits } from '../../../lambdas/accounts/routes/get-limits.ts';
import { setLimits } from '../../../lambdas/accounts/routes/set-limits.ts';

const ACCOUNT = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const key = { calls: 5, windowSeconds: 1 };

const memoryLimits = (): LimitStore => {
  let account: Account = {
    accountId: ACCOUNT,
    kind: 'personal',
    handle: undefined,
    plan: 'free',
    revision: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  const find = (accountId: string) => (accountId === ACCOUNT ? account : undefined);
  return {
    findAccount: async (accountId) => find(accountId),
    setLimits: async ({ accountId, limits }) => {
      account = { ...account, limits };
      return find(accountId);
    },
  };
};

const params = { account: ACCOUNT };
const get = (store: LimitStore, change = {}) =>
  getLimits(store)({ params, nowMs: 1, ...change } as Parameters<ReturnType<typeof getLimits>>[0]);
const set = (store: LimitStore, change: object) =>
  setLimits(store)({ params, nowMs: 1, ...change } as Parameters<ReturnType<typeof setLimits>>[0]);

describe('an account’s limits', () => {
  it('are its plan’s until an operator sets some, and for what is left out', async () => {
    const store = memoryLimits();
    const plan = { accountId: ACCOUNT, plan: 'free', ...planLimits.free, set: {} };
    expect((await get(store)).body).toEqual(plan);
    const changed = { ...plan, key, set: { key } };
    expect((await set(store, { body: { key } })).body).toEqual(changed);
    expect((await get(store)).body).toEqual(changed);
    expect((await set(store, { body: {} })).body).toEqual(plan);
  });

  it('of an account that is not there are 404', async () => {
    const nobody = { params: { account: 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9ZZ' } };
    const missing = { code: 'account_not_found' };
    await expect(get(memoryLimits(), nobody)).rejects.toMatchObject(missing);
    await expect(set(memoryLimits(), { ...nobody, body: {} })).rejects.toMatchObject(missing);
  });
});
