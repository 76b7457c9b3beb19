// What each function's role says, statement by statement: the emulator enforces none of it.
import { describe, expect, it } from 'vitest';
import { type Resource, synthesised } from './synthesised.ts';

const production = synthesised('production');

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const functions = production.ofType('AWS::Lambda::Function');
const nameOf = ({ Properties }: Resource) => String(Properties.FunctionName).replace('aimass-production-', '');
const names = functions.map(([, resource]) => nameOf(resource));

const list = <T>(one: T | readonly T[] | undefined): readonly T[] =>
  Array.isArray(one) ? one : one === undefined ? [] : [one as T];

/** Role's logical id of a function. */
const roleOf = (name: string): string => {
  const [, resource] = functions.find(([, one]) => nameOf(one) === name) ?? [];
  const role = resource?.Properties.Role as { 'Fn::GetAtt': [string, string] } | undefined;
  if (!role) throw new Error(`no function ${name}`);
  return role['Fn::GetAtt'][0];
};

const statementsOf = (name: string): readonly Statement[] => {
  const role = roleOf(name);
  return production
    .ofType('AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${role}"`))
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
};

const actionsOf = (name: string, effect: Statement['Effect'] = 'Allow') =>
  [
    ...new Set(
      statementsOf(name)
        .filter((one) => one.Effect === effect)
        .flatMap((one) => list(one.Action)),
    ),
  ].sort();

const resourcesOf = (name: string, action: string) =>
  statementsOf(name)
    .filter((one) => one.Effect === 'Allow' && list(one.Action).includes(action))
    .flatMap((one) => list(one.Resource))
    .map((resource) => JSON.stringify(resource));

const own = ['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const interfaces = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
const onItems = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`);
const readAndWrite = onItems('GetItem', 'Query', 'PutItem', 'UpdateItem');
const authenticate = [
  'cognito-idp:AdminGetUser',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'secretsmanager:GetSecretValue',
];
const sorted = (...actions: string[]) => [...new Set([...own, ...actions])].sort();

describe('a role', () => {
  it.each<[string, string[]]>([
    ['accounts-api', [...authenticate, ...readAndWrite, ...onItems('ConditionCheckItem', 'DeleteItem')]],
    [
      'registry-api',
      [
        ...authenticate,
        ...readAndWrite,
        ...onItems('BatchGetItem', 'ConditionCheckItem', 'DeleteItem'),
        'kms:GetPublicKey',
        's3:GetObject',
        's3:ListBucket',
        's3:ListMultipartUploadParts',
        's3:PutObject',
      ],
    ],
    [
      'registry-count',
      [
        ...onItems('GetItem', 'PutItem', 'UpdateItem'),
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
    ],
    [
      'registry-search-index',
      [
        ...onItems('BatchGetItem', 'Query'),
        's3:GetObject',
        's3:ListBucket',
        's3:PutObject',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
    ],
    ['registry-search-merge', [...onItems('BatchGetItem', 'Query'), 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    [
      'registry-retire',
      [
        ...readAndWrite,
        ...onItems('DeleteItem'),
        's3:DeleteObjectVersion',
        's3:GetObject',
        's3:ListBucket',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
    ],
    [
      'registry-scan',
      [
        ...onItems('GetItem', 'PutItem', 'UpdateItem'),
        'kms:GetPublicKey',
        'kms:Sign',
        'lambda:InvokeFunction',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:ListBucket',
        's3:PutObject',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
    ],
    [
      'registry-renew',
      [
        ...onItems('GetItem', 'PutItem', 'Scan', 'UpdateItem'),
        'kms:GetPublicKey',
        'kms:Sign',
        'lambda:InvokeFunction',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:ListBucket',
        's3:PutObject',
      ],
    ],
    [
      'inference-infer',
      [...authenticate, ...readAndWrite, 'kms:GetPublicKey', 'lambda:InvokeFunction', 's3:GetObject'],
    ],
    ['inference-run-2gib', [...interfaces, 's3:GetObject']],
    ['inference-run-10gib', [...interfaces, 's3:GetObject']],
    ['inference-smoke', interfaces],
    ['billing-api', [...authenticate, ...readAndWrite]],
    ['billing-sealer', onItems('BatchWriteItem', 'DeleteItem', 'PutItem', 'Query', 'UpdateItem')],
    [
      'billing-archiver',
      [
        ...onItems('BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
        's3:GetObjectVersion',
        's3:PutObject',
      ],
    ],
    [
      'billing-auditor',
      [...onItems('GetItem', 'PutItem', 'Query', 'Scan'), 's3:GetObject', 's3:GetObjectVersion', 's3:ListBucket'],
    ],
    ['governance-api', [...authenticate, ...readAndWrite, ...onItems('DeleteItem'), 'kms:Encrypt', 'sqs:SendMessage']],
    [
      'governance-notify',
      [
        ...onItems('Query', 'PutItem'),
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
    ],
    [
      'governance-deliver',
      [
        ...onItems('GetItem', 'PutItem', 'Query'),
        'kms:Decrypt',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
    ],
    [
      'governance-rotate-origin',
      [
        'cloudfront:GetDistribution',
        'cloudfront:UpdateDistribution',
        's3:GetBucketAcl',
        's3:PutBucketAcl',
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
        'wafv2:GetWebACL',
      ],
    ],
    [
      'governance-relay',
      [
        'dynamodb:DeleteItem',
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
        'dynamodb:Query',
        'events:PutEvents',
      ],
    ],
  ])('of %s allows exactly what it needs', (name, actions) => {
    expect(actionsOf(name)).toEqual(sorted(...actions));
  });

  it('is of one function alone, and each function is listed above', () => {
    expect(new Set(names.map(roleOf)).size).toBe(names.length);
    expect(names).toHaveLength(21);
  });

  it('carries no policy of AWS’s own', () => {
    for (const [, { Properties }] of production.ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns ?? []).toEqual([]);
      expect(Properties.Policies ?? []).toEqual([]);
    }
  });

  it('has no wildcard in an action', () => {
    for (const name of names) for (const action of actionsOf(name)) expect(action).not.toContain('*');
  });

  it('writes to its own log alone', () => {
    for (const name of names) {
      const logs = resourcesOf(name, 'logs:PutLogEvents');
      expect(logs).toHaveLength(1);
      expect(logs[0]).toContain('Log');
    }
  });
});

describe('what runs strangers’ models', () => {
  it.each(['inference-run-2gib', 'inference-run-10gib'])(
    '%s reads artifacts by their hash and nothing else',
    (name) => {
      const [objects, ...others] = resourcesOf(name, 's3:GetObject');
      expect(others).toEqual([]);
      expect(objects).toMatch(/ArtifactsArn.*\/sha256\/\*"/);
    },
  );

  it.each(['inference-run-2gib', 'inference-run-10gib', 'inference-smoke'])(
    '%s keeps its code off the network interfaces',
    (name) => {
      const denied = statementsOf(name).filter((one) => one.Effect === 'Deny');
      expect(denied).toContainEqual({
        Effect: 'Deny',
        Action: expect.arrayContaining(interfaces),
        Resource: '*',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } },
      });
      expect(JSON.stringify(denied)).toContain(`:function:aimass-production-${name}`);
    },
  );

  it('denies the smoke function’s code everything but to be logged and traced', () => {
    const [denied, ...others] = statementsOf('inference-smoke').filter((one) => one.NotAction);
    expect(others).toEqual([]);
    expect(denied).toMatchObject({
      Effect: 'Deny',
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } },
    });
    expect([...list(denied?.NotAction)].sort()).toEqual(own);
  });

  it('is invoked by whoever must, and by no one else', () => {
    const invokers = names.filter((name) => actionsOf(name).includes('lambda:InvokeFunction')).sort();
    expect(invokers).toEqual(['inference-infer', 'registry-renew', 'registry-scan']);
    expect(resourcesOf('inference-infer', 'lambda:InvokeFunction')).toHaveLength(2);
    expect(resourcesOf('registry-scan', 'lambda:InvokeFunction')).toHaveLength(1);
  });
});

describe('an object', () => {
  const placesOf = (name: string, action: string) =>
    resourcesOf(name, action)
      .map(
        (resource) =>
          resource
            .match(/:(\w+)Arn"\},"\/(.*)"\]/)
            ?.slice(1)
            .join(' ') ?? resource,
      )
      .sort();

  it.each([
    ['registry-api', 's3:PutObject', ['Quarantine uploads/*']],
    ['registry-api', 's3:GetObject', ['Artifacts sha256/*', 'Quarantine uploads/*', 'Search v*']],
    ['registry-search-index', 's3:PutObject', ['Search v*']],
    ['registry-search-index', 's3:GetObject', ['Search v*']],
    ['registry-search-merge', 's3:PutObject', ['Search v*']],
    ['registry-search-merge', 's3:GetObject', ['Search v*']],
    ['registry-scan', 's3:PutObject', ['Artifacts sha256/*', 'Quarantine candidates/*']],
    ['registry-scan', 's3:GetObject', ['Artifacts sha256/*', 'Quarantine candidates/*', 'Quarantine uploads/*']],
    ['registry-scan', 's3:GetObjectVersion', ['Quarantine candidates/*', 'Quarantine uploads/*']],
    ['registry-retire', 's3:GetObject', ['Artifacts sha256/*']],
    ['registry-retire', 's3:DeleteObjectVersion', ['Artifacts sha256/*']],
    ['registry-renew', 's3:PutObject', ['Artifacts sha256/*', 'Quarantine candidates/*']],
    ['registry-renew', 's3:GetObject', ['Artifacts sha256/*', 'Quarantine candidates/*']],
    ['registry-renew', 's3:GetObjectVersion', ['Quarantine candidates/*']],
    ['billing-archiver', 's3:PutObject', ['Archive events/*']],
    ['billing-archiver', 's3:GetObjectVersion', ['Archive events/*']],
    ['billing-auditor', 's3:GetObjectVersion', ['Archive events/*']],
  ])('%s: %s in %j', (name, action, places) => {
    expect(placesOf(name, action)).toEqual(places);
  });
});

describe('a table', () => {
  const writes = onItems('BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem');
  const writersOf = (table: string) =>
    names
      .filter((name) => writes.some((action) => resourcesOf(name, action).some((resource) => resource.includes(table))))
      .sort();

  it.each([
    [
      'AccountsTable',
      ['accounts-api', 'billing-api', 'governance-api', 'governance-relay', 'inference-infer', 'registry-api'],
    ],
    [
      'RegistryTable',
      [
        'governance-relay',
        'inference-infer',
        'registry-api',
        'registry-count',
        'registry-renew',
        'registry-retire',
        'registry-scan',
      ],
    ],
    ['GovernanceTable', ['governance-api', 'governance-deliver', 'governance-notify']],
    [
      'BillingTable',
      ['billing-api', 'billing-archiver', 'billing-auditor', 'billing-sealer', 'governance-relay', 'inference-infer'],
    ],
  ])('%s is written by its context and whom it lets in', (table, writers) => {
    expect(writersOf(table)).toEqual(writers);
  });

  it.each<[string, string[]]>([
    ['accounts-api', ['ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem']],
    ['billing-api', ['GetItem', 'PutItem', 'UpdateItem']],
    ['governance-api', ['GetItem', 'PutItem', 'UpdateItem']],
    ['inference-infer', ['GetItem', 'PutItem', 'UpdateItem']],
    ['registry-api', ['GetItem', 'PutItem', 'UpdateItem']],
  ])('of accounts lets %s do %j alone', (name, actions) => {
    const onAccounts = statementsOf(name).filter((one) => JSON.stringify(one.Resource).includes('AccountsTable'));
    const told = new Set(onAccounts.flatMap((one) => list(one.Action)));
    expect([...told].sort()).toEqual(actions.map((action) => `dynamodb:${action}`).sort());
  });

  it.each(['billing-api', 'governance-api', 'inference-infer', 'registry-api'])(
    'of accounts lets %s change leases alone',
    (name) => {
      const changes = statementsOf(name).filter(
        (one) =>
          list(one.Action).includes('dynamodb:UpdateItem') && JSON.stringify(one.Resource).includes('AccountsTable'),
      );
      expect(changes.map((one) => [one.Action, one.Condition])).toEqual([
        ['dynamodb:UpdateItem', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['lease#*'] } }],
      ]);
    },
  );

  it('is scanned by those alone that look for what no index leads to', () => {
    expect(names.filter((name) => actionsOf(name).includes('dynamodb:Scan'))).toEqual([
      'billing-auditor',
      'registry-renew',
    ]);
  });

  it('is not changed by the auditor, but for its own note', () => {
    const writes = statementsOf('billing-auditor').filter((one) => list(one.Action).includes('dynamodb:PutItem'));
    expect(writes.map((one) => one.Condition)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['audit'] } },
    ]);
  });

  it('of billing lets its API add grants and price books, and change neither events nor sums', () => {
    const onBilling = statementsOf('billing-api').filter((one) =>
      JSON.stringify(one.Resource).includes('BillingTable'),
    );
    const changes = onBilling.filter((one) => list(one.Action).some((action) => writes.includes(action)));
    const wallet = `acc_${'?'.repeat(26)}`;
    expect(changes.map((one) => [one.Action, one.Condition])).toEqual([
      [
        'dynamodb:PutItem',
        {
          'ForAllValues:StringLike': {
            'dynamodb:LeadingKeys': ['acc_*#ledger', 'acc_*#idem', 'acc_*#months', 'pricebook'],
          },
        },
      ],
      ['dynamodb:UpdateItem', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [wallet] } }],
    ]);
  });

  it('shows the relay its outbox and not its other items', () => {
    const reads = statementsOf('governance-relay').filter((one) => list(one.Action).includes('dynamodb:DeleteItem'));
    expect(reads.length).toBeGreaterThan(0);
    for (const one of reads)
      expect(one.Condition).toEqual({
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['outbox#0', 'outbox#1', 'outbox#2', 'outbox#3'] },
      });
  });
});
