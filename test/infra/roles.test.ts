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
const tableRead = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const tableWrite = [
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];
const authenticate = ['cognito-idp:AdminGetUser', 'dynamodb:GetItem', 'dynamodb:PutItem'];
const sorted = (...actions: string[]) => [...new Set([...own, ...actions])].sort();

describe('a role', () => {
  it.each<[string, string[]]>([
    ['accounts-api', [...authenticate, ...tableRead, ...tableWrite]],
    [
      'registry-api',
      [
        ...authenticate,
        ...tableRead,
        ...tableWrite,
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:ListBucket',
        's3:ListMultipartUploadParts',
        's3:PutObject',
      ],
    ],
    [
      'registry-scan',
      [
        ...tableRead,
        ...tableWrite,
        'lambda:InvokeFunction',
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:ListBucket',
        's3:ListMultipartUploadParts',
        's3:PutObject',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
    ],
    ['inference-infer', [...authenticate, ...tableRead, ...tableWrite, 'lambda:InvokeFunction']],
    ['inference-run-2gib', [...interfaces, 's3:GetObject']],
    ['inference-run-10gib', [...interfaces, 's3:GetObject']],
    ['inference-smoke', interfaces],
    ['billing-api', [...authenticate, ...tableRead, ...tableWrite]],
    ['billing-sealer', [...tableRead, ...tableWrite]],
    ['governance-api', []],
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
    expect(names).toHaveLength(11);
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
    expect(invokers).toEqual(['inference-infer', 'registry-scan']);
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
    ['registry-api', 's3:GetObject', ['Quarantine uploads/*']],
    ['registry-scan', 's3:PutObject', ['Artifacts sha256/*', 'Quarantine candidates/*']],
    ['registry-scan', 's3:GetObject', ['Artifacts sha256/*', 'Quarantine *']],
  ])('%s: %s in %j', (name, action, places) => {
    expect(placesOf(name, action)).toEqual(places);
  });
});

describe('a table', () => {
  const writersOf = (table: string) =>
    names.filter((name) => resourcesOf(name, 'dynamodb:PutItem').some((resource) => resource.includes(table))).sort();

  it.each([
    ['AccountsTable', ['accounts-api', 'billing-api', 'inference-infer', 'registry-api']],
    ['RegistryTable', ['registry-api', 'registry-scan']],
    ['BillingTable', ['billing-api', 'billing-sealer', 'inference-infer']],
  ])('%s is written by its context and whom it lets in', (table, writers) => {
    expect(writersOf(table)).toEqual(writers);
  });

  const everything = [...tableRead, ...tableWrite].map((action) => action.replace('dynamodb:', ''));

  it.each<[string, string[]]>([
    ['accounts-api', everything],
    ['billing-api', ['GetItem', 'PutItem']],
    ['inference-infer', ['GetItem', 'PutItem']],
    ['registry-api', ['GetItem', 'PutItem']],
  ])('of accounts lets %s do %j alone', (name, actions) => {
    const onAccounts = statementsOf(name).filter((one) => JSON.stringify(one.Resource).includes('AccountsTable'));
    const told = new Set(onAccounts.flatMap((one) => list(one.Action)));
    expect([...told].sort()).toEqual(actions.map((action) => `dynamodb:${action}`).sort());
  });

  it('is never scanned', () => {
    for (const name of names) expect(actionsOf(name)).not.toContain('dynamodb:Scan');
  });

  it('shows the relay its outbox and not its other items', () => {
    const reads = statementsOf('governance-relay').filter((one) => list(one.Action).includes('dynamodb:DeleteItem'));
    expect(reads.length).toBeGreaterThan(0);
    for (const one of reads)
      expect(one.Condition).toEqual({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['outbox#0', 'outbox#1', 'outbox#2', 'outbox#3'] },
      });
  });
});
