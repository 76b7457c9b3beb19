import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { accountsEnv } from '../../lambdas/accounts/contract.ts';
import { archiverEnv, billingArchiveEnv, billingEnv } from '../../lambdas/billing/contract.ts';
import { deliverEnv, governanceApiEnv, relayEnv, webhooksEnv } from '../../lambdas/governance/contract.ts';
import { inferEnv, runEnv, smokeEnv, zeroedMemoryEnv } from '../../lambdas/inference/contract.ts';
import {
  registryBucketsEnv,
  registryEnv,
  registryRetireEnv,
  registrySearchEnv,
  registryUploadsEnv,
  SCAN_ATTEMPT_COUNT,
} from '../../lambdas/registry/contract.ts';
import { root } from '../../lib/root.ts';
import { stageNames, synthesise, synthesised } from './synthesised.ts';

const dev = synthesised('dev');
const functionsOf = ({ ofType }: typeof dev) =>
  new Map(ofType('AWS::Lambda::Function').map(([, { Properties }]) => [String(Properties.FunctionName), Properties]));
const functions = functionsOf(dev);

const environmentOf = (name: string): Record<string, string> => {
  const environment = functions.get(`aimass-dev-${name}`)?.Environment as { Variables: Record<string, unknown> };
  // References are known to CloudFormation alone; that they are there is what counts.
  return Object.fromEntries(
    Object.entries(environment.Variables).map(([key, value]) => [key, typeof value === 'string' ? value : 'given']),
  );
};

describe.each(stageNames)('every function of %s', (name) => {
  const stage = synthesised(name);
  const all = functionsOf(stage);

  it('is named after stage, context and what it does', () => {
    expect([...all.keys()].sort()).toEqual(
      [
        'accounts-api',
        'billing-api',
        'billing-archiver',
        'billing-auditor',
        'billing-sealer',
        'governance-api',
        'governance-deliver',
        'governance-notify',
        'governance-relay',
        ...(stage.stacks.edge.front ? ['governance-rotate-origin'] : []),
        'inference-infer',
        'inference-run-10gib',
        'inference-run-2gib',
        'inference-smoke',
        'registry-api',
        'registry-count',
        'registry-renew',
        'registry-retire',
        'registry-scan',
        'registry-search-index',
        'registry-search-merge',
      ].map((one) => `aimass-${name}-${one}`),
    );
  });

  it('runs on Node 24 for x86_64, traced', () => {
    for (const properties of all.values())
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['x86_64'],
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: { STAGE: name } },
      });
  });

  it('logs to a group of its own that forgets in time', () => {
    const groups = new Map(stage.ofType('AWS::Logs::LogGroup').map(([id, { Properties }]) => [id, Properties]));
    for (const [functionName, { LoggingConfig }] of all) {
      const { LogGroup } = LoggingConfig as { LogGroup: { Ref: string } };
      expect(groups.get(LogGroup.Ref)).toMatchObject({ LogGroupName: `/aws/lambda/${functionName}` });
    }
    for (const group of groups.values()) expect(group.RetentionInDays).toBeGreaterThan(0);
  });

  it('keeps every stack far from CloudFormation’s 500 resources', () => {
    for (const template of Object.values(stage.templates))
      expect(Object.keys(template.toJSON().Resources).length).toBeLessThan(250);
  });
});

describe('a function’s environment', () => {
  it.each<[string, z.core.$ZodType[]]>([
    ['accounts-api', [accountsEnv]],
    ['registry-api', [accountsEnv, billingEnv, registryEnv, registryUploadsEnv, registrySearchEnv]],
    ['registry-count', [registryEnv]],
    ['registry-search-index', [registryEnv, registrySearchEnv]],
    ['registry-search-merge', [registryEnv, registrySearchEnv]],
    ['registry-retire', [registryEnv, registryRetireEnv]],
    ['registry-renew', [registryEnv, registryBucketsEnv, smokeEnv]],
    ['registry-scan', [registryEnv, registryBucketsEnv, smokeEnv]],
    ['inference-infer', [accountsEnv, registryEnv, billingEnv, inferEnv]],
    ['inference-run-2gib', [runEnv]],
    ['inference-run-10gib', [runEnv]],
    ['billing-api', [accountsEnv, billingEnv]],
    ['billing-archiver', [billingEnv, billingArchiveEnv, archiverEnv]],
    ['billing-auditor', [billingEnv, billingArchiveEnv]],
    ['billing-sealer', [billingEnv]],
    ['governance-api', [governanceApiEnv]],
    ['governance-deliver', [deliverEnv]],
    ['governance-notify', [webhooksEnv]],
    ['governance-relay', [relayEnv]],
  ])('of %s has all that its contracts ask for', (name, schemas) => {
    const environment = { ...environmentOf(name), AWS_REGION: 'given by Lambda' };
    for (const schema of schemas) expect(() => z.parse(schema, environment)).not.toThrow();
  });

  it('tells the smoke function nothing', () => {
    expect(environmentOf('inference-smoke')).toEqual({ STAGE: 'dev' });
  });
});

it('gives publishers’ models 2 GiB or 10 GiB', () => {
  expect(functions.get('aimass-dev-inference-run-2gib')?.MemorySize).toBe(2048);
  expect(functions.get('aimass-dev-inference-run-10gib')?.MemorySize).toBe(10_240);
});

it('answers before the gateway gives up at 30 seconds', () => {
  for (const name of ['accounts-api', 'registry-api', 'billing-api', 'governance-api', 'inference-infer'])
    expect(functions.get(`aimass-dev-${name}`)?.Timeout).toBeLessThan(30);
  for (const name of ['inference-run-2gib', 'inference-run-10gib'])
    expect(functions.get(`aimass-dev-${name}`)?.Timeout).toBeLessThan(29);
});

describe('the scan', () => {
  it('is fed by the event through a queue that parks poison after the attempt that rejects', () => {
    dev.templates.inference.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aimass.registry'], 'detail-type': ['VersionCompleted.v1'] },
    });
    dev.templates.inference.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'aimass-dev-registry-scan',
      RedrivePolicy: { maxReceiveCount: SCAN_ATTEMPT_COUNT },
    });
  });

  it('has ended before its message is handed out again', () => {
    const [, queue] =
      dev.ofType('AWS::SQS::Queue').find(([, { Properties }]) => Properties.QueueName === 'aimass-dev-registry-scan') ??
      [];
    const timeout = Number(functions.get('aimass-dev-registry-scan')?.Timeout);
    expect(queue?.Properties.VisibilityTimeout).toBeGreaterThan(timeout);
  });
});

describe('the relay', () => {
  /** Contexts whose code writes events. */
  const senders = [
    ...new Set(
      globSync('lambdas/*/adapters/*.ts', { cwd: root })
        .filter((file) => readFileSync(join(root, file), 'utf8').includes('outboxItem('))
        .map((file) => file.split('/')[1]),
    ),
  ].sort();

  it('sees what enters an outbox, and sweeps it, of each context that sends events and of no other', () => {
    const relay = JSON.stringify(functions.get('aimass-dev-governance-relay')?.Environment).toLowerCase();
    expect(senders).toContain('registry');
    for (const context of ['accounts', 'registry', 'billing']) {
      expect([context, relay.includes(`${context}table`)]).toEqual([context, senders.includes(context)]);
    }
    const followed = dev
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(([, { Properties }]) => Properties.FilterCriteria);
    expect(followed).toHaveLength(senders.length);
    for (const [, { Properties }] of followed) {
      const { Filters } = Properties.FilterCriteria as { Filters: { Pattern: string }[] };
      expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
        { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'outbox#' }] } } } },
      ]);
    }
  });
});

it('sweeps, calls webhooks that are due and seals every minute, audits in parts, renews products and merges the search index every hour, ends lives every five minutes, and archives four times a day', () => {
  const schedules = dev
    .ofType('AWS::Events::Rule')
    .map(([, { Properties }]) => [Properties.Name, Properties.ScheduleExpression])
    .filter(([, schedule]) => schedule);
  expect(Object.fromEntries(schedules)).toEqual({
    'aimass-dev-governance-relay': 'rate(1 minute)',
    'aimass-dev-governance-deliver': 'rate(1 minute)',
    'aimass-dev-billing-sealer': 'rate(1 minute)',
    'aimass-dev-billing-auditor': 'rate(1 hour)',
    'aimass-dev-billing-archiver': 'rate(6 hours)',
    'aimass-dev-registry-renew': 'rate(1 hour)',
    'aimass-dev-registry-search-merge': 'rate(1 hour)',
    'aimass-dev-registry-retire': 'rate(5 minutes)',
  });
});

it('keeps environments warm behind an alias, where a stage asks for it', () => {
  const warm = synthesise('production', { provisionedConcurrency: { api: 1, infer: 2 } });
  const aliases = warm.ofType('AWS::Lambda::Alias').map(([, { Properties }]) => Properties);
  expect(aliases).toHaveLength(4);
  for (const alias of aliases)
    expect(alias).toMatchObject({ Name: 'live', ProvisionedConcurrencyConfig: expect.anything() });
  warm.templates.inference.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
    IntegrationUri: { Ref: Match.stringLikeRegexp('Live') },
  });
});

it.each(['run-2gib', 'run-10gib'])('%s gets its memory filled with zeros', (name) => {
  expect(environmentOf(`inference-${name}`)).toMatchObject(zeroedMemoryEnv);
});
