// The demo: three people, a funded wallet, models for sale and some calls of them. Through the public API and Cognito as
// any customer would; run again, it adds only what is missing.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { endpointOf, REGION } from './ministack.ts';
import { addOperator } from './operator.ts';
import { type DemoPerson, type DemoRole, demoRoles, type Outputs } from './outputs.ts';
import { root } from './root.ts';

const demoModel = z.object({
  file: z.string(),
  name: z.string(),
  version: z.string(),
  summary: z.string(),
  task: z.string(),
  license: z.string(),
  tags: z.array(z.string()),
  visibility: z.enum(['public', 'private']),
  price: z.object({ perCallMicros: z.string(), perRowMicros: z.string() }),
  example: z.unknown(),
});
type DemoModel = z.output<typeof demoModel>;

export interface SeedPlace {
  readonly apiUrl: string;
  readonly emulatorPort: number;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  /** Passwords and keys of an earlier run, where they are known. */
  readonly known: Outputs['demo'] | undefined;
  readonly say: (line: string) => void;
}

const HANDLE = 'acme';
const FUNDS_MICROS = '10000000';
const SCAN_WITHIN_MS = 180_000;

const scopes: Record<DemoRole, readonly string[]> = {
  operator: ['admin', 'models:read', 'models:write', 'infer', 'billing:read', 'billing:write'],
  publisher: ['admin', 'models:read', 'models:write', 'infer', 'billing:read', 'billing:write'],
  consumer: ['models:read', 'infer', 'billing:read'],
};

/** Makes whatever of the demo is missing. @returns the people with their passwords and keys */
export const seed = async (place: SeedPlace): Promise<Outputs['demo']> => {
  const people = new Map<DemoRole, SignedIn>();
  for (const role of demoRoles) people.set(role, await signIn(place, role));
  const { operator, publisher, consumer } = Object.fromEntries(people) as Record<DemoRole, SignedIn>;
  await ensureHandle(place, publisher);
  await fund(place, operator, consumer);
  const demo = {
    operator: await withKey(place, 'operator', operator),
    publisher: await withKey(place, 'publisher', publisher),
    consumer: await withKey(place, 'consumer', consumer),
  };
  const models = z.array(demoModel).parse(JSON.parse(readFileSync(join(root, 'local/demo/models.json'), 'utf8')));
  for (const model of models) await publish(place, demo.publisher.apiKey, model);
  await callSome(place, demo.consumer.apiKey, models);
  return demo;
};

interface SignedIn {
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

const call = async (place: SeedPlace, bearer: string, method: string, path: string, body?: unknown, more = {}) => {
  const answer = await fetch(`${place.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : {} };
};

const must = (did: string, answer: Awaited<ReturnType<typeof call>>, ...statuses: readonly number[]) => {
  if (!statuses.includes(answer.status)) {
    throw new Error(`${did}: expected ${statuses.join(' or ')}, got ${answer.status} ${JSON.stringify(answer.json)}`);
  }
  return answer.json;
};

const cognitoOf = (place: SeedPlace) =>
  new CognitoIdentityProviderClient({
    endpoint: endpointOf({ port: place.emulatorPort }),
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

const signIn = async (place: SeedPlace, role: DemoRole): Promise<SignedIn> => {
  const client = cognitoOf(place);
  const email = `${role}@example.com`;
  const password = place.known?.[role].password ?? `Demo-${randomBytes(9).toString('base64url')}-7a`;
  const { userPoolId: UserPoolId, userPoolClientId: ClientId } = place;
  try {
    await client.send(
      new SignUpCommand({
        ClientId,
        Username: email,
        Password: password,
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    );
    await client.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode: '000000' }));
  } catch (fault) {
    if (!(fault instanceof UsernameExistsException)) throw fault;
    await client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: email, Password: password, Permanent: true }),
    );
  }
  if (role === 'operator') await addOperator({ client, userPoolId: UserPoolId, email });
  const { AuthenticationResult } = await client.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  if (!AuthenticationResult?.AccessToken) throw new Error(`${email} could not sign in`);
  return { email, password, token: AuthenticationResult.AccessToken };
};

const ensureHandle = async (place: SeedPlace, publisher: SignedIn) => {
  const account = must('read the publisher’s account', await call(place, publisher.token, 'GET', '/v1/account'), 200);
  if (account.handle === HANDLE) return;
  must('set the handle', await call(place, publisher.token, 'PATCH', '/v1/account', { handle: HANDLE }), 200);
};

const fund = async (place: SeedPlace, operator: SignedIn, consumer: SignedIn) => {
  const account = must('read the consumer’s account', await call(place, consumer.token, 'GET', '/v1/account'), 200);
  const grant = { accountId: account.id, amountMicros: FUNDS_MICROS, reason: 'Demo funds' };
  const ledger = must('read the ledger', await call(place, consumer.token, 'GET', '/v1/ledger'), 200);
  if (z.array(z.unknown()).parse(ledger.items).length > 0) return;
  place.say('giving the demo consumer 10 dollars');
  must(
    'grant',
    await call(place, operator.token, 'POST', '/v1/admin/grants', grant, { 'idempotency-key': 'demo-funds' }),
    201,
    200,
  );
};

const withKey = async (place: SeedPlace, role: DemoRole, { email, password, token }: SignedIn): Promise<DemoPerson> => {
  const known = place.known?.[role].apiKey;
  if (known && (await call(place, known, 'GET', '/v1/account')).status === 200)
    return { email, password, apiKey: known };
  const made = must(
    'make a key',
    await call(place, token, 'POST', '/v1/keys', { name: 'Demo', scopes: scopes[role] }),
    201,
  );
  return { email, password, apiKey: z.string().parse(made.key) };
};

const uploadForm = z.object({ url: z.string(), fields: z.record(z.string(), z.string()) });

const publish = async (place: SeedPlace, key: string, model: DemoModel) => {
  const version = `/v1/models/${model.name}/versions/${model.version}`;
  const existing = await call(place, key, 'GET', version);
  if (existing.status === 200 && existing.json.state === 'published') return;
  place.say(`publishing ${model.name} ${model.version}`);
  const { name, summary, task, license, tags, visibility, price } = model;
  must(
    'create the model',
    await call(place, key, 'POST', '/v1/models', { name, summary, task, license, tags, visibility, price }),
    201,
    409,
  );
  if (existing.status !== 200 || existing.json.state === 'draft') await upload(place, key, model);
  must('complete', await call(place, key, 'POST', `${version}/complete`), 202, 409);
  for (const deadline = Date.now() + SCAN_WITHIN_MS; ; await new Promise((resolve) => setTimeout(resolve, 300))) {
    const { state, rejection } = must('read the version', await call(place, key, 'GET', version), 200);
    if (state === 'validated') break;
    if (state !== 'scanning' || Date.now() > deadline) {
      throw new Error(`${name} was not validated: ${String(state)} ${JSON.stringify(rejection)}`);
    }
  }
  must('publish', await call(place, key, 'POST', `${version}/publish`), 200);
};

const upload = async (place: SeedPlace, key: string, model: DemoModel) => {
  const bytes = readFileSync(join(root, 'local/demo/models', model.file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const draft = must(
    'create the version',
    await call(
      place,
      key,
      'POST',
      `/v1/models/${model.name}/versions`,
      { version: model.version, files: [{ path: 'model.onnx', sizeBytes: bytes.length, sha256 }] },
      // An interrupted attempt left a draft: the same key brings new addresses to upload to.
      { 'idempotency-key': `demo-${model.name}-${model.version}` },
    ),
    201,
  );
  const [form] = z.tuple([uploadForm]).parse(draft.uploads);
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append('file', new Blob([new Uint8Array(bytes)]), 'model.onnx');
  const answer = await fetch(form.url, { method: 'POST', body });
  if (!answer.ok) throw new Error(`the upload of ${model.file} answered ${answer.status}: ${await answer.text()}`);
};

/** A few calls, once: usage and balance then have something to show. */
const callSome = async (place: SeedPlace, key: string, models: readonly DemoModel[]) => {
  const usage = must('read usage', await call(place, key, 'GET', '/v1/usage?groupBy=model'), 200);
  if (z.array(z.unknown()).parse(usage.items).length > 0) return;
  place.say('calling the demo models a few times');
  for (const [index, model] of models.entries()) {
    for (let repeat = 0; repeat <= index + 1; repeat++) {
      must(`call ${model.name}`, await call(place, key, 'POST', `/v2/models/${model.name}/infer`, model.example), 200);
    }
  }
};
