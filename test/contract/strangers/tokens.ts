// Access tokens that must not pass: true ones of the running pool, signed anew with its own key or spoilt.
//
// An expired token is a real one whose times lie in the past, signed with the key that the emulator signs with (it lies
// in its state folder): waiting for a real one takes the pool's hour.
import { createHmac, createPublicKey, createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuthFlowType,
  type CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Cloud } from '../../support/cloud.ts';
import { cognitoOf } from '../../support/person.ts';

type Json = Readonly<Record<string, unknown>>;

const encode = (part: Json) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));

const partsOf = (token: string) => {
  const [header, claims, signature = ''] = token.split('.');
  return { header: decode(header), claims: decode(claims), signature };
};

const signed = (header: Json, claims: Json, key: KeyObject | string): string => {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(key).toString('base64url')}`;
};

const poolKeyOf = ({ state, outputs }: Cloud): string =>
  readFileSync(join(state.emulatorFolder, 'state', 'cognito-pool-keys', `${outputs.userPoolId}-access.pem`), 'utf8');

/** @param token - an access token that counts. @returns name → the token that must not */
export const spoiltTokens = (cloud: Cloud, token: string): Readonly<Record<string, string>> => {
  const { header, claims, signature } = partsOf(token);
  const key = poolKeyOf(cloud);
  const nowS = Math.floor(Date.now() / 1000);
  const past = { iat: nowS - 7200, auth_time: nowS - 7200, exp: nowS - 3600 };
  const operator = { ...claims, 'cognito:groups': ['operators'] };
  const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const hs256 = `${encode({ ...header, alg: 'HS256' })}.${encode(operator)}`;
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const es256 = `${encode({ ...header, alg: 'ES256', jwk: elliptic.publicKey.export({ format: 'jwk' }) })}.${encode(operator)}`;
  const es256Signature = sign('sha256', Buffer.from(es256), { key: elliptic.privateKey, dsaEncoding: 'ieee-p1363' });
  return {
    'an expired token': signed(header, { ...claims, ...past }, key),
    'a token that expired a second ago': signed(header, { ...claims, exp: nowS - 1 }, key),
    'a token without an end': signed(header, { ...claims, exp: undefined }, key),
    'a token signed by another key': signed(header, operator, another),
    'a token signed by a key of its own making': signed(
      { ...header, jwk: createPublicKey(another).export({ format: 'jwk' }) },
      operator,
      another,
    ),
    'a token whose key id is a path': signed({ ...header, kid: '../../../../dev/null' }, operator, another),
    'a token with alg none': `${encode({ ...header, alg: 'none' })}.${encode(operator)}.`,
    'a token with alg none and the old signature': `${encode({ ...header, alg: 'none' })}.${encode(claims)}.${signature}`,
    'a token signed with the public key as a secret': `${hs256}.${createHmac('sha256', publicPem).update(hs256).digest('base64url')}`,
    'a token signed on another curve': `${es256}.${es256Signature.toString('base64url')}`,
    'a token made an operator’s': `${encode(header)}.${encode(operator)}.${signature}`,
    'a token of another issuer': signed(
      header,
      { ...claims, iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x' },
      key,
    ),
    'a token without its subject': signed(header, { ...claims, sub: undefined }, key),
    'a token cut short': token.slice(0, -20),
    'a token of 9 kB': `${token}${'A'.repeat(9_000 - token.length)}`,
  };
};

const PASSWORD = 'Correct-horse-7-battery';

/** Somebody signs up at a pool and client and signs in. */
const signIn = async (cognito: CognitoIdentityProviderClient, clientId: string, signUpAt: string | undefined) => {
  const email = `elsewhere-${Math.random().toString(36).slice(2, 10)}@example.com`;
  const [Username, Password] = [email, PASSWORD];
  const UserAttributes = [{ Name: 'email', Value: email }];
  await cognito.send(new SignUpCommand({ ClientId: signUpAt ?? clientId, Username, Password, UserAttributes }));
  await cognito.send(
    new ConfirmSignUpCommand({ ClientId: signUpAt ?? clientId, Username, ConfirmationCode: '123456' }),
  );
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: AuthFlowType.USER_PASSWORD_AUTH,
      AuthParameters: { USERNAME: email, PASSWORD },
    }),
  );
  if (!AuthenticationResult) throw new Error('the sign-in asks for more');
  return AuthenticationResult;
};

const clientOf = async (cognito: CognitoIdentityProviderClient, UserPoolId: string | undefined) => {
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const];
  const made = await cognito.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'strangers', ExplicitAuthFlows }),
  );
  return made.UserPoolClient?.ClientId ?? '';
};

/** Tokens that are true, of somebody who signed in, and are not this API's access tokens. */
export const misplacedTokens = async (cloud: Cloud): Promise<Readonly<Record<string, string>>> => {
  const cognito = cognitoOf(cloud);
  const { userPoolId, userPoolClientId } = cloud.outputs;
  const pool = await cognito.send(new CreateUserPoolCommand({ PoolName: 'strangers' }));
  const [otherPool, otherClient, own] = await Promise.all([
    clientOf(cognito, pool.UserPool?.Id).then((client) => signIn(cognito, client, undefined)),
    clientOf(cognito, userPoolId).then((client) => signIn(cognito, client, userPoolClientId)),
    signIn(cognito, userPoolClientId, undefined),
  ]);
  return {
    'an access token of another pool': otherPool.AccessToken ?? '',
    'an access token of another client': otherClient.AccessToken ?? '',
    'an ID token': own.IdToken ?? '',
    'a refresh token': own.RefreshToken ?? '',
  };
};
