import { describe, expect, it } from 'vitest';
import { cognitoDirectory } from '../../../lambdas/accounts/adapters/cognito-directory.ts';
import { ServiceFault } from '../../../lambdas/shared/platform/signed/service-fault.ts';

/** A pool that says so of everybody. */
const poolThat = (say: () => Promise<unknown>) => cognitoDirectory('pool', say);

describe('an address counts as verified', () => {
  it.each<{ word: string | undefined; status: string; verified: boolean }>([
    { word: 'true', status: 'CONFIRMED', verified: true },
    { word: 'false', status: 'CONFIRMED', verified: false },
    { word: '', status: 'CONFIRMED', verified: false },
    { word: undefined, status: 'CONFIRMED', verified: true },
    { word: undefined, status: 'UNCONFIRMED', verified: false },
    { word: undefined, status: 'FORCE_CHANGE_PASSWORD', verified: false },
    { word: undefined, status: 'EXTERNAL_PROVIDER', verified: false },
  ])('when the pool says $word of it and $status of the person: $verified', async ({ word, status, verified }) => {
    const UserAttributes = [
      { Name: 'email', Value: 'ada@example.com' },
      ...(word === undefined ? [] : [{ Name: 'email_verified', Value: word }]),
    ];
    const pool = poolThat(async () => ({ UserAttributes, UserStatus: status }));
    expect(await pool.find('ada')).toEqual({ email: 'ada@example.com', emailVerified: verified });
  });
});

it('knows nobody whom the pool does not know', async () => {
  const pool = poolThat(() =>
    Promise.reject(new ServiceFault(400, { __type: 'UserNotFoundException', message: 'none' })),
  );
  expect(await pool.find('ada')).toBeUndefined();
});
