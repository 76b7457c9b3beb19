// Strangers by whom they claim to be: every wrong credential, and right ones of people who may not.
import { permissions } from '../../../lambdas/accounts/contract.ts';
import type { ErrorCode } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import { type KeyScope, keyScopes, type MemberRole } from '../../../lambdas/shared/platform/caller.ts';
import type { RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import type { Case, Expected } from './judge.ts';
import { bodyOf, fillPath, ownParams, type Route } from './samples.ts';
import type { Stage } from './stage.ts';
import { misplacedTokens, spoiltTokens } from './tokens.ts';

export interface Stranger {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the route owes them; undefined: they are no stranger there. */
  readonly expected: (spec: RouteSpec) => Expected | undefined;
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const account = (id: string) => ({ 'x-aimass-account': id });

const refused = (status: number, ...codes: ErrorCode[]): Expected => ({ statuses: [status], codes });

/** A credential that counts nowhere: also where nobody needs any. */
const uncounted =
  (...codes: ErrorCode[]) =>
  ({ auth }: RouteSpec) =>
    auth === 'public' ? undefined : refused(401, ...codes);

/** Who is known, but may not: by role, by scope, or for want of being an operator. */
const known =
  ({ role, scopes }: { readonly role: MemberRole; readonly scopes?: readonly KeyScope[] }) =>
  ({ auth, permission }: RouteSpec): Expected | undefined => {
    if (auth === 'public') return undefined;
    if (auth === 'operator') return refused(403, 'operator_only');
    const row: { roles: readonly string[]; scopes: readonly string[] } | undefined = Object.entries(permissions).find(
      ([name]) => name === permission,
    )?.[1];
    if (!row) return undefined;
    const may = row.roles.includes(role) && (!scopes || scopes.some((scope) => row.scopes.includes(scope)));
    return may ? undefined : refused(403, 'permission_denied');
  };

const madeUpKey = (id: string, secret = 'a'.repeat(43)) => `aim_${id.replace(/^key_/, '')}_${secret}`;

const wrongKeys = ({ keys, owner }: Stage): Readonly<Record<string, string>> => ({
  'a revoked key': keys.revoked.text,
  'an expired key': keys.expired.text,
  'an unknown key': madeUpKey('01JDA8Z5V4W1T4E5R6T7Y8V9P0'),
  'a key with another secret': madeUpKey(keys.spare.id),
  'a key cut short': owner.key.slice(0, -1),
  'a key with a tail': `${owner.key}0`,
  'a key in upper case': owner.key.toUpperCase().replace('AIM_', 'aim_'),
  'a key of nothing': 'aim_',
});

/** Who says nothing that can be read as a credential. */
const speechless: Readonly<Record<string, string>> = {
  'an empty bearer': 'Bearer ',
  'another scheme': 'Basic b3duZXI6cGFzc3dvcmQ=',
  'two bearers': 'Bearer one, Bearer two',
  'no scheme': 'aim_',
};

/** One key for each scope: what it may not, it may not. */
const keysByScope = async ({ owner, secrets }: Stage): Promise<Stranger[]> =>
  Promise.all(
    keyScopes.map(async (scope) => {
      const made = await owner.person.as('POST', '/v1/keys', { name: scope, scopes: [scope] });
      secrets.set(`the key of scope '${scope}'`, made.body.key);
      return {
        name: `a key of scope '${scope}' alone`,
        headers: bearer(made.body.key),
        expected: known({ role: 'owner', scopes: [scope] }),
      };
    }),
  );

const boundKeys = ({ keys }: Stage): Stranger[] => [
  {
    name: 'a key bound to another address range',
    headers: bearer(keys.boundToAddress.text),
    expected: ({ auth }) => (auth === 'public' ? undefined : refused(403, 'permission_denied')),
  },
  {
    name: 'a key bound to another model',
    headers: bearer(keys.boundElsewhere.text),
    // The model is private, and to this key looks missing; what only callers may do tells what the key is bound to.
    expected: ({ auth, path }) => {
      if (auth === 'operator') return refused(403, 'operator_only');
      if (auth === 'public' || !path.includes('{model}')) return undefined;
      // There is nothing that the account was given of its own model.
      if (path.startsWith('/v1/access-requests/')) return refused(404, 'access_request_not_found');
      const ofCallers = auth === 'required' && path.startsWith('/v2');
      return ofCallers ? refused(403, 'permission_denied') : refused(404, 'model_not_found');
    },
  },
];

const otherAccounts = ({ owner, other, operator, keys }: Stage): Stranger[] => {
  const missing = ({ auth }: RouteSpec) => (auth === 'public' ? undefined : refused(404, 'account_not_found'));
  return [
    { name: 'a token for another’s account', headers: { ...bearer(other.token), ...account(owner.accountId) } },
    { name: 'a key for another’s account', headers: { ...bearer(other.key), ...account(owner.accountId) } },
    { name: 'an operator for another’s account', headers: { ...bearer(operator.token), ...account(owner.accountId) } },
    { name: 'a token for an account of nobody', headers: { ...bearer(owner.token), ...account(unknownAccount) } },
    { name: 'a token for a key’s id', headers: { ...bearer(owner.token), ...account(keys.spare.id) } },
    { name: 'a token for no account id', headers: { ...bearer(owner.token), ...account('../owner') } },
  ].map((one) => ({ ...one, expected: missing }));
};

const unknownAccount = 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0';

export const strangersOf = async (stage: Stage): Promise<readonly Stranger[]> => {
  const { cloud, owner, operator, members, secrets } = stage;
  const tokens = { ...spoiltTokens(cloud, owner.token), ...(await misplacedTokens(cloud)), garbage: 'e30.e30.e30' };
  for (const [name, token] of Object.entries(tokens)) if (token.length > 40) secrets.set(name, token);
  const uncountedOf = (all: Readonly<Record<string, string>>, ...codes: ErrorCode[]) =>
    Object.entries(all).map(([name, text]) => ({ name, headers: bearer(text), expected: uncounted(...codes) }));
  return [
    {
      name: 'nobody',
      headers: {},
      expected: ({ auth }) =>
        auth === 'required' || auth === 'operator' ? refused(401, 'unauthenticated') : undefined,
    },
    ...Object.entries(speechless).map(([name, authorization]) => ({
      name,
      headers: { authorization },
      expected: uncounted('unauthenticated'),
    })),
    ...uncountedOf(tokens, 'invalid_token'),
    ...uncountedOf(wrongKeys(stage), 'invalid_key'),
    ...(await keysByScope(stage)),
    ...boundKeys(stage),
    ...members.map(({ role, token }) => ({
      name: `a member with the role '${role}'`,
      headers: { ...bearer(token), ...account(owner.accountId) },
      expected: known({ role }),
    })),
    { name: 'a tenant who is no operator', headers: bearer(owner.token), expected: operatorsOnly },
    { name: 'the key of an operator', headers: bearer(operator.key), expected: operatorsOnly },
    ...otherAccounts(stage),
  ];
};

const operatorsOnly = ({ auth }: RouteSpec) => (auth === 'operator' ? refused(403, 'operator_only') : undefined);

/** What the rightful caller of the route would send. */
export const rightful = (route: Route, stage: Stage): Case['call'] => {
  const { spec } = route;
  const body = bodyOf(route, stage);
  return {
    method: spec.method,
    path: fillPath(route, ownParams(route, stage)),
    headers: {
      ...(spec.auth === 'public' ? {} : bearer(rightfulToken(spec, stage))),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: Buffer.from(JSON.stringify(body)) } : {}),
  };
};

export const rightfulToken = ({ auth }: RouteSpec, { owner, operator }: Stage): string =>
  auth === 'operator' ? operator.token : owner.token;

/** The route’s rightful request from each who is a stranger there. */
export const credentialCases = (route: Route, stage: Stage, strangers: readonly Stranger[]): Case[] => {
  const { authorization: _, ...headers } = rightful(route, stage).headers ?? {};
  return strangers.flatMap(({ name, headers: own, expected }) => {
    const owed = expected(route.spec);
    if (!owed) return [];
    const call = { ...rightful(route, stage), headers: { ...headers, ...own } };
    return [{ stranger: name, operation: route.operation, call, expected: owed }];
  });
};
