// When a call needs no look at the wallet: only where what was read seconds ago covers it a hundred times.
import { describe, expect, it } from 'vitest';
import { createKnownFunds } from '../../../lambdas/billing/domain/known-funds.ts';

describe('an account', () => {
  it('that was never read is read', () => {
    expect(createKnownFunds().cover('acc_1', 1n, 0)).toBe(false);
  });

  it('with ample funds is not read again for five seconds', () => {
    const funds = createKnownFunds();
    funds.learn('acc_1', 1_000_000n, 0);
    expect(funds.cover('acc_1', 230n, 4_999)).toBe(true);
    expect(funds.cover('acc_1', 230n, 5_000)).toBe(false);
    expect(funds.cover('acc_2', 230n, 0)).toBe(false);
  });

  it('is read again when what is left covers fewer than a hundred calls', () => {
    const funds = createKnownFunds();
    funds.learn('acc_1', 100n * 230n + 230n, 0);
    expect(funds.cover('acc_1', 230n, 1)).toBe(true);
    expect(funds.cover('acc_1', 230n, 1)).toBe(true);
    expect(funds.cover('acc_1', 230n, 1)).toBe(false);
  });

  it('is read for a call that is dear, though cheap ones need none', () => {
    const funds = createKnownFunds();
    funds.learn('acc_1', 1_000_000n, 0);
    expect(funds.cover('acc_1', 10_001n, 1)).toBe(false);
    expect(funds.cover('acc_1', 10_000n, 1)).toBe(true);
  });

  it('in debt is read with every call', () => {
    const funds = createKnownFunds();
    funds.learn('acc_1', -5n, 0);
    expect(funds.cover('acc_1', 1n, 1)).toBe(false);
  });
});
