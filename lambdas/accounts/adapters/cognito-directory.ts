// The user pool as a directory: a person's e-mail address, and whether it was confirmed.
import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Directory } from '../ports.ts';

export const cognitoDirectory = (userPoolId: string, client = new CognitoIdentityProviderClient({})): Directory => ({
  find: async (username) => {
    try {
      const user = await client.send(new AdminGetUserCommand({ UserPoolId: userPoolId, Username: username }));
      const attribute = (name: string) => user.UserAttributes?.find((entry) => entry.Name === name)?.Value;
      return { email: attribute('email'), emailVerified: isVerified(attribute('email_verified'), user.UserStatus) };
    } catch (fault) {
      if (fault instanceof UserNotFoundException) return undefined;
      throw fault;
    }
  },
});

/**
 * The pool's word on the address counts where there is one: AWS writes 'true' when the mailed code confirms a sign-up, and
 * 'false' again for a changed address. Not every service of this API writes the word (a local one may not), so where it is
 * absent the status tells: CONFIRMED is reached by that code, or by an operator of the pool who confirmed the person by
 * hand and so vouches for the address. No caller can reach it otherwise: the pool has no trigger that confirms by itself,
 * and a person of another identity provider is never CONFIRMED.
 */
const isVerified = (word: string | undefined, status: string | undefined) =>
  word === undefined ? status === 'CONFIRMED' : word === 'true';
