// What the paid call finds when it asks AWS: a caller with a key and funds, a published model with its compiled form. Every
// answer is as DynamoDB and S3 would write it; nothing is changed by writes.
import { createHash } from 'node:crypto';
import { accountKey, keyKey, memberKey, secretKey, userKey } from '../../lambdas/accounts/adapters/items.ts';
import { keyText } from '../../lambdas/accounts/domain/key-text.ts';
import { walletKey } from '../../lambdas/billing/adapters/table-keys.ts';
import { toModelItem, toVersionItem } from '../../lambdas/registry/adapters/items.ts';
import type { Model, Version } from '../../lambdas/registry/ports.ts';
import { type AttributeValue, toAttributes } from '../../lambdas/shared/platform/signed/attribute-values.ts';
import type { Answering } from '../answering-sockets.ts';
import type { ModelUnderTest } from './model-under-test.ts';

const ids = {
  account: 'acc_01J9ZZZZZZZZZZZZZZZZZZZZZ2',
  user: 'usr_01J9ZZZZZZZZZZZZZZZZZZZZZ3',
  key: 'key_01J9ZZZZZZZZZZZZZZZZZZZZZ4',
} as const;

export const environment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLETOKEN'.repeat(20),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
  AWS_LAMBDA_FUNCTION_NAME: 'aimass-bench-infer',
  _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  ACCOUNTS_TABLE: 'accounts',
  REGISTRY_TABLE: 'registry',
  // The model has no signature: one is checked once for each read of a version, not for each call.
  MANIFEST_KEYS: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000',
  UNSIGNED_VERSIONS_UNTIL: '9999-01-01T00:00:00Z',
  BILLING_TABLE: 'billing',
  ARTIFACTS_BUCKET: 'artifacts',
  RUN_2GIB_FUNCTION: 'run-2gib',
  RUN_10GIB_FUNCTION: 'run-10gib',
  USER_POOL_ID: 'eu-central-1_EXAMPLE',
  USER_POOL_CLIENT_ID: 'example',
} as const;

export const accountId = ids.account;
export const apiKey = keyText(ids.key, new Uint8Array(32).fill(7));
export const apiKeySha256 = createHash('sha256').update(apiKey).digest('hex');

const times = { createdAtMs: 1, updatedAtMs: 1 };
/** More calls than a loop on one processor makes. */
const limits = { account: { calls: 1_000_000, windowSeconds: 1 }, key: { calls: 1_000_000, windowSeconds: 1 } };

const peopleItems = [
  {
    ...secretKey(ids.key),
    schema: 1,
    accountId: ids.account,
    userId: ids.user,
    secretSha256: apiKeySha256,
  },
  {
    ...keyKey(ids.account, ids.key),
    schema: 1,
    keyId: ids.key,
    accountId: ids.account,
    userId: ids.user,
    name: 'bench',
    scopes: ['infer'],
    ...times,
  },
  {
    ...userKey(ids.user),
    schema: 1,
    userId: ids.user,
    email: 'bench@example.com',
    locale: 'en',
    personalAccountId: ids.account,
    revision: 1,
    ...times,
  },
  {
    ...accountKey(ids.account),
    schema: 1,
    accountId: ids.account,
    kind: 'personal',
    plan: 'free',
    limits,
    revision: 1,
    ...times,
  },
  { ...memberKey(ids.user, ids.account), schema: 1, userId: ids.user, accountId: ids.account, role: 'owner' },
];

const registryItems = ({ version: published }: ModelUnderTest) => {
  const { model, version, ownerAccountId, signature, artifact, lane, products, price } = published;
  const modelItem: Model = {
    name: model,
    ownerAccountId,
    summary: published.summary,
    description: undefined,
    task: published.task,
    license: 'Apache-2.0',
    tags: [],
    visibility: 'public',
    price,
    latestVersion: version,
    publishedCount: 1,
    revision: 1,
    ...times,
  };
  const versionItem: Version = {
    model,
    version,
    ownerAccountId,
    state: 'published',
    files: [{ path: 'model.onnx', sizeBytes: artifact.sizeBytes, sha256: artifact.sha256 }],
    batchInput: undefined,
    uploads: [{ kind: 'form', key: 'uploads/bench' }],
    pinnedVersionIds: ['1'],
    validated: { signature, artifact, envelope: { peakBytes: 1, loadMs: 1, runMs: 1 }, lane, products },
    rejection: undefined,
    revision: 1,
    ...times,
    publishedAtMs: 1,
  };
  return [toModelItem(modelItem), toVersionItem(versionItem)];
};

interface Operation {
  readonly Key?: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
}

const wallet = { ...walletKey(ids.account), schema: 1, avail: 1_000_000_000_000, creditLimit: 0 };

/** @param note - told each operation with its body */
export const awsOf = (
  tested: ModelUnderTest,
  artifact: Uint8Array,
  note: (operation: string, body: string) => void,
) => {
  const answers = new Map(
    [...peopleItems, ...registryItems(tested), wallet].map((item) => [
      `${item.pk} ${item.sk}`,
      JSON.stringify({ Item: toAttributes(item) }),
    ]),
  );
  const answer: Answering = ({ path, target, body }) => {
    const operation = target.slice(target.indexOf('.') + 1);
    note(operation, body);
    if (path.startsWith('/artifacts/')) return artifact;
    if (operation === 'GetItem') {
      const { Key } = JSON.parse(body) as Operation;
      return answers.get(`${Key?.pk.S} ${Key?.sk.S}`) ?? '{}';
    }
    // A lease stands where the update puts it.
    if (operation === 'UpdateItem') {
      const { ExpressionAttributeValues: values = {} } = JSON.parse(body) as Operation;
      return JSON.stringify({ Attributes: { tatUs: values[':tat'] ?? values[':now'], policy: { S: '1000000/1' } } });
    }
    return '{}';
  };
  return answer;
};
