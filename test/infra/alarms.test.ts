// What rings, when, and what it tells a person. What the alarms mean at length is in docs/guides/operate.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseStage } from '../../lib/config/stages.ts';
import { root } from '../../lib/root.ts';
import { type Resource, synthesise, synthesised } from './synthesised.ts';

const production = synthesise('production', { alarmEmail: 'operator@example.com' });
const thresholds = parseStage('production').alarms;

const metricStat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  }),
  Stat: z.string(),
});
const alarmProperties = z.object({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  EvaluationPeriods: z.number(),
  TreatMissingData: z.string(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).optional(),
  Metrics: z
    .array(z.object({ Id: z.string(), Expression: z.string().optional(), MetricStat: metricStat.optional() }))
    .optional(),
});
type Alarm = z.output<typeof alarmProperties>;

/** `AlarmsServerErrorsA1B2C3D4` → `ServerErrors` */
const nameOf = (id: string) =>
  id
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/^(Alarms|Governance|BillingKeepers|Billing|RegistryScan|RegistryRenewal|RegistryRetirement)/, '');

const alarms = new Map(
  production
    .ofType('AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]: readonly [string, Resource]) => [nameOf(id), alarmProperties.parse(Properties)]),
);
const alarm = (name: string): Alarm => {
  const found = alarms.get(name);
  if (!found) throw new Error(`there is no alarm ${name}, but ${[...alarms.keys()].join(', ')}`);
  return found;
};

const tables = ['accounts', 'billing', 'governance', 'registry'];

it('watches what callers are answered, every worker, every store and every limit', () => {
  expect([...alarms.keys()].sort()).toEqual(
    [
      // Beside what they watch, on a laptop too.
      'ApiFails',
      'RelayFails',
      'WebhooksDeliverFails',
      'WebhooksDeliverGaveUp',
      'WebhooksNotifyGaveUp',
      'RelayLags',
      'ScanGaveUp',
      'SealerFails',
      'ArchiverFails',
      'AuditorFails',
      'AuditDifference',
      'AuditStopped',
      'RenewalFails',
      'RegistryCountGaveUp',
      'ManifestInvalid',
      'RegistrySearchIndexGaveUp',
      'RegistrySearchMergeFails',
      'RetirementFails',
      'WithdrawalGaveUp',
      // In the ops stack.
      'ApiFunctionsFail',
      'ApiFunctionsThrottled',
      'ArtifactsFail',
      'ChargeRefusals',
      'ConcurrencyNearLimit',
      'MetricsLost',
      'RelayStopped',
      'RunsCrash',
      'RunsThrottled',
      'ScansFail',
      'ScansWait',
      'SealerStopped',
      'ServerErrors',
      'SlowCalls',
      ...['run2gib', 'run10gib', 'typescript'].map((lane) => `SlowModelCalls${lane}`),
      ...tables.flatMap((table) => ['TableFails', 'TableThrottled'].map((name) => `${name}aimassproduction${table}`)),
    ].sort(),
  );
});

it('rings each at the topic and says in a sentence or two what to do', () => {
  for (const { AlarmActions, AlarmDescription } of alarms.values()) {
    expect(JSON.stringify(AlarmActions)).toContain('Alarms');
    expect(AlarmDescription.length).toBeGreaterThan(40);
    expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
  }
});

it('takes silence for well, but for what runs every minute and for the audit of the day', () => {
  const alarmed = [...alarms].filter(([, one]) => one.TreatMissingData === 'breaching').map(([name]) => name);
  expect(alarmed.sort()).toEqual(['AuditStopped', 'RelayStopped', 'SealerStopped']);
  for (const name of ['RelayStopped', 'SealerStopped']) {
    expect(alarm(name)).toMatchObject({
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 2,
    });
  }
});

it('rings when the auditor’s line tells of a finding', () => {
  const { control } = production.templates;
  control.hasResourceProperties('AWS::Logs::MetricFilter', {
    LogGroupName: { Ref: Match.stringLikeRegexp('AuditorLog') },
    FilterPattern: '{ $.work = "audit_part" }',
    MetricTransformations: [
      { MetricNamespace: 'aimass-production-billing', MetricName: 'AuditDifference', MetricValue: '$.findingCount' },
    ],
  });
  control.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'aimass-production-billing',
    MetricName: 'AuditDifference',
    Statistic: 'Sum',
    Threshold: 1,
    // Until the next audit, a day later.
    Period: 300,
    EvaluationPeriods: 288,
    DatapointsToAlarm: 1,
  });
});

it('rings when no audit came to its end for more than a day', () => {
  const { control } = production.templates;
  control.hasResourceProperties('AWS::Logs::MetricFilter', {
    LogGroupName: { Ref: Match.stringLikeRegexp('AuditorLog') },
    FilterPattern: '{ ($.work = "audit") && ($.finished IS TRUE) }',
    MetricTransformations: [
      { MetricNamespace: 'aimass-production-billing', MetricName: 'AuditFinished', MetricValue: '1' },
    ],
  });
  // 30 hours: more than the day between two audits, and no more than the week that CloudWatch looks back.
  control.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'aimass-production-billing',
    MetricName: 'AuditFinished',
    Statistic: 'Sum',
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    Period: 21_600,
    EvaluationPeriods: 5,
    TreatMissingData: 'breaching',
  });
});

it('rings for a relay whose sweeps fail, not for a single one that the next minute mends', () => {
  const control = production.templates.control;
  const [relayId] = Object.keys(
    control.findResources('AWS::Lambda::Function', { Properties: { Description: Match.stringLikeRegexp('outboxes') } }),
  );
  expect(relayId).toBeDefined();
  control.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 300,
    Threshold: 3,
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: relayId } }],
  });
  control.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: relayId },
    MaximumRetryAttempts: 0,
  });
});

describe('an alarm over several metrics', () => {
  const mathematical = [...alarms].filter(([, one]) => one.Metrics);

  it('stands in the ops stack alone: the emulator knows no metric math', () => {
    const inOps = production.templates.ops.findResources('AWS::CloudWatch::Alarm');
    expect(mathematical.length).toBeGreaterThan(5);
    for (const stack of ['data', 'control', 'inference'] as const) {
      const beside = production.templates[stack].findResources('AWS::CloudWatch::Alarm');
      for (const { Properties } of Object.values(beside)) expect(Properties.Metrics).toBeUndefined();
    }
    for (const [name] of mathematical) expect(Object.keys(inOps).map(nameOf)).toContain(name);
  });

  it('looks at no more than CloudWatch lets it, and names each metric that its expression does', () => {
    for (const [, { Metrics = [] }] of mathematical) {
      const stats = Metrics.filter((one) => one.MetricStat);
      expect(stats.length).toBeLessThanOrEqual(10);
      const expression = Metrics.find((one) => one.Expression)?.Expression ?? '';
      for (const { Id } of stats) expect(expression).toMatch(new RegExp(`\\b${Id}\\b`));
    }
  });

  it('has the threshold of the stage', () => {
    const expected: Record<string, number> = {
      ServerErrors: thresholds.serverErrorShare,
      SlowCalls: thresholds.slowCallsMs,
      SlowModelCallsrun2gib: thresholds.slowModelCallsMs,
      ChargeRefusals: thresholds.chargeRefusals,
      ApiFunctionsFail: thresholds.functionErrors,
      ApiFunctionsThrottled: thresholds.throttles,
      ConcurrencyNearLimit: thresholds.concurrencyShare,
      ScansWait: thresholds.scanWaitSeconds,
    };
    for (const [name, threshold] of Object.entries(expected)) expect(alarm(name).Threshold).toBe(threshold);
  });

  it('tells nothing of shares before there were calls enough', () => {
    const expression = alarm('ServerErrors').Metrics?.find((one) => one.Expression)?.Expression;
    expect(expression).toBe(`IF(calls >= ${thresholds.leastCalls}, failed / calls, 0)`);
  });
});

it('looks at p99 of the gateway, and of the warm calls of each lane by their own log lines', () => {
  expect(alarm('SlowCalls')).toMatchObject({ Namespace: 'AWS/ApiGateway', ExtendedStatistic: 'p99' });
  expect(alarm('SlowModelCallsrun2gib')).toMatchObject({
    Namespace: 'AIMass/production',
    MetricName: 'durationMs',
    ExtendedStatistic: 'p99',
    Dimensions: [
      { Name: 'cold', Value: 'false' },
      { Name: 'lane', Value: 'run-2gib' },
    ],
  });
});

it('watches functions by the names that are deployed', () => {
  const deployed = new Set(
    production.ofType('AWS::Lambda::Function').map(([, { Properties }]) => String(Properties.FunctionName)),
  );
  const watched = Object.values(production.templates.ops.findResources('AWS::CloudWatch::Alarm')).flatMap((one) =>
    [...JSON.stringify(one).matchAll(/"(?:\/aws\/lambda\/)?(aimass-production-[a-z]+-[a-z0-9-]+)"/g)].map(
      ([, name]) => name,
    ),
  );
  expect(watched.length).toBeGreaterThan(11);
  for (const name of watched) {
    if (name !== 'aimass-production-registry-scan') expect(deployed).toContain(name);
  }
});

it('rings one alarm for whatever callers feel', () => {
  const [composite] = Object.values(production.templates.ops.findResources('AWS::CloudWatch::CompositeAlarm'));
  expect(composite?.Properties.AlarmName).toBe('aimass-production-is-hurt');
  const rule = JSON.stringify(composite?.Properties.AlarmRule);
  for (const name of ['ServerErrors', 'SlowCalls', 'ApiFunctionsFail', 'SealerStopped', 'ConcurrencyNearLimit'])
    expect(rule).toContain(`Alarms${name}`);
  // They stand beside what they watch, in another stack.
  for (const name of ['AuditDifference', 'AuditorFails', 'AuditStopped']) expect(rule).toContain(name);
  expect(rule).not.toContain('RunsCrash');
  expect(JSON.stringify(composite?.Properties.AlarmActions)).toContain('Alarms');
});

it('tells on the way to what the stage may cost, of its own tag alone', () => {
  production.templates.ops.hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 1000, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:aimass:stage$production'] },
    },
    NotificationsWithSubscribers: Match.arrayWith([
      Match.objectLike({ Notification: Match.objectLike({ NotificationType: 'FORECASTED', Threshold: 100 }) }),
    ]),
  });
  production.templates.data.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: Match.arrayWith(['budgets.amazonaws.com']) },
          Action: 'sns:Publish',
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ]),
    },
  });
});

it('has a dashboard with the steps of a call, and of the front where there is one', () => {
  const body = (name: 'production' | 'dev') =>
    JSON.stringify(synthesised(name).templates.ops.findResources('AWS::CloudWatch::Dashboard'));
  for (const figure of ['parseMs', 'queueMs', 'runMs', 'encodeMs', 'chargeMs', 'chargeRefusals', 'IteratorAge', '5xx'])
    expect(body('dev')).toContain(figure);
  expect(body('dev')).not.toContain('AWS/CloudFront');
  expect(body('production')).toContain('AWS/CloudFront');
});

it('hears DynamoDB fail at whatever the roles may do on a table', () => {
  const granted = new Set(
    ['AWS::IAM::Role', 'AWS::IAM::Policy']
      .flatMap((type) => production.ofType(type))
      .flatMap((role) =>
        [...JSON.stringify(role).matchAll(/"dynamodb:(\w*Item|Query|Scan)"/g)].map(([, name]) => name),
      ),
  );
  expect([...granted]).toEqual(expect.arrayContaining(['UpdateItem', 'BatchWriteItem', 'Scan']));
  // Only ever within a transaction.
  granted.delete('ConditionCheckItem');
  for (const table of tables) {
    const summed = alarm(`TableFailsaimassproduction${table}`).Metrics?.flatMap(
      ({ MetricStat }) => MetricStat?.Metric.Dimensions.map(({ Value }) => Value) ?? [],
    );
    expect(summed).toEqual(expect.arrayContaining([...granted, 'TransactWriteItems']));
  }
});

it('is explained, each alarm under its name, in the guide for operators', () => {
  const guide = readFileSync(join(root, 'docs/guides/operate.md'), 'utf8');
  const kinds = new Set(
    [...alarms.keys(), 'PlatformIsHurt'].map((name) =>
      name.replace(/^(TableFails|TableThrottled|SlowModelCalls).*/, '$1'),
    ),
  );
  for (const kind of kinds) expect(guide).toContain(`**${kind}**`);
});

it('tells the address of the stage, over TLS', () => {
  production.templates.data.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'operator@example.com',
  });
  production.templates.data.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

it('tells nobody where a stage names no address', () => {
  synthesised('dev').templates.data.resourceCountIs('AWS::SNS::Subscription', 0);
});
