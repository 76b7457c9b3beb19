// The user pool as a directory: a person's e-mail address, and whether it was confirmed.
import * as z from 'zod/mini';
import { type CallService, jsonService } from '../../shared/platform/signed/json-service.ts';
import { isNamed } from '../../shared/platform/table-client.ts';
import type { Directory } from '../ports.ts';

const user = z.object({
  UserStatus: z.optional(z.string()),
  UserAttributes: z._default(z.array(z.object({ Name: z.string(), Value: z.optional(z.string()) })), []),
});

/** AdminGetUser: what it says, unchecked; an unknown person is a fault named UserNotFoundException. */
type GetUser = (input: { readonly UserPoolId: string; readonly Username: string }) => Promise<unknown>;

/** @param getUser - default: signed by hand, the service opened when it is first asked, which most environments never do */
export const cognitoDirectory = (userPoolId: string, getUser: GetUser = askCognito): Directory => ({
  find: async (username) => {
    try {
      const found = user.parse(await getUser({ UserPoolId: userPoolId, Username: username }));
      const attribute = (name: string) => found.UserAttributes.find((entry) => entry.Name === name)?.Value;
      return { email: attribute('email'), emailVerified: isVerified(attribute('email_verified'), found.UserStatus) };
    } catch (fault) {
      if (isNamed(fault, 'UserNotFoundException')) return undefined;
      throw fault;
    }
  },
});

let cognito: CallService | undefined;
const askCognito: GetUser = (input) => {
  cognito ??= jsonService({
    service: 'cognito-idp',
    targetPrefix: 'AWSCognitoIdentityProviderService',
    jsonVersion: '1.1',
  });
  return cognito('AdminGetUser', input);
};

/**
 * The pool's word on the address counts where there is one: AWS writes 'true' when the mailed code confirms a sign-up, and
 * 'false' again for a changed address. Not every service of this API writes the word (a local one may not), so where it is
 * absent the status tells: CONFIRMED is reached by that code, or by an operator of the pool who confirmed the person by
 * hand and so vouches for the address. No caller can reach it otherwise: the pool has no trigger that confirms by itself,
 * and a person of another identity provider is never CONFIRMED.
 */
const isVerified = (word: string | undefined, status: string | undefined) =>
  word === undefined ? status === 'CONFIRMED' : word === 'true';
