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
 * A sign-up is confirmed by the code that was sent to the address, so where the pool keeps no word on the address itself
 * (not every pool writes one), the status tells it. A word that is there counts: a changed address is 'false' again.
 */
const isVerified = (word: string | undefined, status: string | undefined) =>
  word === undefined ? status === 'CONFIRMED' : word === 'true';
