import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import { unaudited } from '../../../lambdas/billing/domain/audit/unaudited.ts';

const faultOf = (parse: () => unknown): unknown => {
  try {
    return parse();
  } catch (fault) {
    return fault;
  }
};

describe('an account that cannot be audited', () => {
  it.each([
    ['zod', () => z.object({ avail: z.number() }).parse({ avail: 'much' })],
    ['zod/mini', () => mini.object({ avail: mini.number() }).parse({ avail: 'much' })],
  ])('is unreadable where an adapter’s schema of %s refuses an item', (_, parse) => {
    expect(unaudited('acc_1', faultOf(parse))).toMatchObject({
      check: 'account_unreadable',
      found: 'avail: Invalid input: expected number, received string',
    });
  });

  it('is not audited where anything else went wrong', () => {
    expect(unaudited('acc_1', new TypeError('gone'))).toMatchObject({
      check: 'not_audited',
      found: 'TypeError: gone',
    });
  });
});
