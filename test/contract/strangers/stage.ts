// Who and what the strangers' tests need in a fresh cloud: a tenant with one object of each kind, another tenant,
// members with small roles, an operator, and keys that are bound, scoped, expired and revoked.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { MemberRole } from '../../../lambdas/shared/platform/caller.ts';
import { clientConfig } from '../../../local/ministack.ts';
import { type Cloud, startCloud } from '../../support/cloud.ts';
import { Person } from '../../support/person.ts';
import { publishModel } from '../../support/publish.ts';

const iris = readFileSync(new URL('../../../local/demo/models/iris.onnx', import.meta.url));

/** A person with the account that they act for. */
export interface Tenant {
  readonly person: Person;
  readonly token: string;
  /** With every scope. */
  readonly key: string;
  readonly accountId: string;
  readonly userId: string;
  readonly handle: string;
}

export interface Models {
  /** Private, 1.0.0 published, 2.0.0 a draft. */
  readonly own: string;
  /** Public, 1.0.0 published, 2.0.0 a draft. */
  readonly shown: string;
  /** Public, but its only version 1.0.0 is a draft. */
  readonly unpublished: string;
}

export interface Stage {
  readonly cloud: Cloud;
  /** Whose objects the others would like to have. */
  readonly owner: Tenant;
  readonly models: Models;
  /** The owner’s keys by what is special about them: text and id. */
  readonly keys: Readonly<Record<KeyKind, { readonly text: string; readonly id: string }>>;
  /** Another tenant, with models and keys as well. */
  readonly other: Tenant;
  readonly operator: Tenant;
  /** Access tokens of people who have a small role in the owner’s account, to be used with `x-aimass-account`. */
  readonly members: readonly { readonly role: MemberRole; readonly token: string }[];
  /** Of the owner’s private model. */
  readonly offerId: string;
  /** The owner’s, to a model of the other tenant. */
  readonly subscriptionId: string;
  /** The owner’s, with one delivery. It leads nowhere. */
  readonly webhook: { readonly id: string; readonly deliveryId: string; readonly secret: string };
  readonly inferBody: object;
  /** What no answer may tell anybody: name → text. Whoever makes a secret adds it. */
  readonly secrets: Map<string, string>;
}

export const allScopes = [
  'infer',
  'models:read',
  'models:write',
  'data',
  'train',
  'billing:read',
  'billing:write',
  'admin',
] as const;

/** So many calls that no limit is met on the way. */
export const plenty = { calls: 1_000_000, windowSeconds: 1 };

const keyKinds = ['spare', 'revoked', 'expired', 'boundToShown', 'boundElsewhere', 'boundToAddress'] as const;
type KeyKind = (typeof keyKinds)[number];

const must = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
};

const joinAs = async (cloud: Cloud, name: string, group?: string): Promise<Tenant> => {
  const person = await new Person(cloud, name).join(group);
  const handle = `${name}-${Math.random().toString(36).slice(2, 8)}`;
  const { body } = await person.as('PATCH', '/v1/account', { handle });
  const key = await person.makeKey(allScopes);
  const token = must(person.token, 'the access token');
  return { person, token, key, accountId: body.id, userId: body.user.id, handle };
};

const EXPIRES_IN_MS = 1_500;

const keysOf = async ({ person, handle }: Tenant, models: Models): Promise<Stage['keys']> => {
  const wishes: Record<KeyKind, object> = {
    spare: {},
    revoked: {},
    expired: { expiresAt: new Date(Date.now() + EXPIRES_IN_MS).toISOString() },
    boundToShown: { models: [models.shown] },
    boundElsewhere: { models: [`${handle}.elsewhere`] },
    boundToAddress: { cidrs: ['203.0.113.0/24'] },
  };
  const made = await Promise.all(
    keyKinds.map(async (kind) => {
      const { status, body } = await person.as('POST', '/v1/keys', { name: kind, scopes: allScopes, ...wishes[kind] });
      if (status !== 201) throw new Error(`no key '${kind}': ${JSON.stringify(body)}`);
      return [kind, { text: body.key, id: body.id }] as const;
    }),
  );
  const keys = Object.fromEntries(made) as Stage['keys'];
  // Never used before: what is known of a key may be remembered for a minute.
  await person.as('DELETE', `/v1/keys/${keys.revoked.id}`);
  await sleep(EXPIRES_IN_MS);
  return keys;
};

/** As the members' routes will do it one day: there are none yet. */
const addMember = async (cloud: Cloud, owner: Tenant, role: MemberRole) => {
  const person = await new Person(cloud, role).join();
  const userId = (await person.as('GET', '/v1/account')).body.user.id as string;
  const client = DynamoDBDocument.from(new DynamoDBClient(clientConfig({ port: cloud.state.emulatorPort })));
  const nowMs = Date.now();
  await client.put({
    TableName: 'aimass-dev-accounts',
    Item: {
      pk: userId,
      sk: `member#${owner.accountId}`,
      gsi1pk: owner.accountId,
      gsi1sk: `member#${userId}`,
      schema: 1,
      userId,
      accountId: owner.accountId,
      role,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    },
  });
  return { role, token: must(person.token, 'the access token'), email: person.email };
};

const draft = (version: string) => ({
  version,
  files: [{ path: 'model.onnx', sizeBytes: 64, sha256: 'ab'.repeat(32) }],
});

const describe = (name: string, visibility: 'public' | 'private') => ({
  name,
  summary: 'A model among strangers',
  task: 'other',
  license: 'Apache-2.0',
  visibility,
});

const modelsOf = async ({ person, handle }: Tenant): Promise<Models> => {
  const models = { own: `${handle}.own`, shown: `${handle}.shown`, unpublished: `${handle}.unpublished` };
  await person.byKey('POST', '/v1/models', describe(models.own, 'private'));
  await person.byKey('POST', '/v1/models', describe(models.unpublished, 'public'));
  await Promise.all([models.own, models.shown].map((name) => publishModel(person, { name, bytes: iris })));
  await Promise.all([
    person.as('PUT', `/v1/models/${models.own}/card`, { text: '# Its own card' }),
    person.as('PUT', `/v1/models/${models.own}/terms`, { version: '2026-11', text: 'Use it for research only.' }),
    person.byKey('POST', `/v1/models/${models.own}/versions`, draft('2.0.0')),
    person.byKey('POST', `/v1/models/${models.shown}/versions`, draft('2.0.0')),
    person.byKey('POST', `/v1/models/${models.unpublished}/versions`, draft('1.0.0')),
  ]);
  return models;
};

const created = async (answering: ReturnType<Person['as']>): Promise<string> => {
  const { status, body } = await answering;
  if (status !== 201) throw new Error(`nothing was made: ${JSON.stringify(body)}`);
  return body.id;
};

/** Of the kind that the example of a changed offer has. */
const offerOf = ({ person }: Tenant, model: string): Promise<string> => {
  const offer = { name: 'Team', kind: 'monthly', feeMicros: '5000000', includedCalls: 1000 };
  return created(person.as('POST', `/v1/models/${model}/offers`, offer));
};

/** A subscription of the one to a model of the other. */
const subscriptionOf = async (subscriber: Tenant, publisher: Tenant): Promise<string> => {
  const model = `${publisher.handle}.offered`;
  await publishModel(publisher.person, { name: model, bytes: iris });
  const offerId = await offerOf(publisher, model);
  return created(subscriber.person.as('POST', '/v1/subscriptions', { model, offerId }));
};

const webhookOf = async ({ person }: Tenant): Promise<Stage['webhook']> => {
  const hook = { url: 'http://127.0.0.1:9/', events: ['account.created'] };
  const { body } = await person.as('POST', '/v1/webhooks', hook);
  const sent = await person.as('POST', `/v1/webhooks/${body.id}/test`);
  return { id: body.id, deliveryId: sent.body.id, secret: body.secret };
};

export const makeStage = async (): Promise<Stage> => {
  const cloud = await startCloud();
  try {
    return await furnish(cloud);
  } catch (fault) {
    await cloud.stop();
    throw fault;
  }
};

const furnish = async (cloud: Cloud): Promise<Stage> => {
  const [owner, other, operator] = await Promise.all([
    joinAs(cloud, 'owner'),
    joinAs(cloud, 'other'),
    joinAs(cloud, 'operator', 'operators'),
  ]);
  // Limits have tests of their own. Who meets one all the same, before this is known everywhere, waits as told.
  const limits = { key: plenty, account: plenty };
  for (const { accountId } of [owner, other, operator]) {
    await operator.person.as('PUT', `/v1/admin/accounts/${accountId}/limits`, limits);
  }
  const models = await modelsOf(owner);
  const [offerId, subscriptionId] = [await offerOf(owner, models.own), await subscriptionOf(owner, other)];
  const webhook = await webhookOf(owner);
  await webhookOf(other);
  const [keys, members] = await Promise.all([
    keysOf(owner, models),
    Promise.all((['viewer', 'billing'] as const).map((role) => addMember(cloud, owner, role))),
    other.person.byKey('POST', '/v1/models', describe(`${other.handle}.mine`, 'private')),
    other.person.as('POST', '/v1/keys', { name: 'second', scopes: ['infer'] }),
  ]);
  for (const { accountId } of [owner, other]) {
    for (const reason of ['welcome', 'again']) {
      await operator.person.as('POST', '/v1/admin/grants', { accountId, amountMicros: '1000000', reason });
    }
  }
  const metadata = (await owner.person.byKey('GET', `/v2/models/${models.own}`)).body;
  const [input] = metadata.inputs;
  const secrets = new Map<string, string>();
  for (const [name, tenant] of Object.entries({ owner, other, operator })) {
    secrets.set(`${name}'s token`, tenant.token).set(`${name}'s key`, tenant.key);
    secrets.set(`${name}'s e-mail address`, tenant.person.email);
  }
  secrets.set('the secret of the webhook', webhook.secret);
  for (const [kind, { text }] of Object.entries(keys)) secrets.set(`the key '${kind}'`, text);
  for (const { role, token, email } of members) secrets.set(`${role}'s token`, token).set(`${role}'s e-mail`, email);
  return {
    cloud,
    owner,
    models,
    keys,
    other,
    operator,
    members,
    offerId,
    subscriptionId,
    webhook,
    inferBody: {
      inputs: [{ name: input.name, datatype: input.datatype, shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }],
    },
    secrets,
  };
};
