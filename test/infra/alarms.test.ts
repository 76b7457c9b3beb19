import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { synthesise, synthesised } from './synthesised.ts';

const production = synthesise('production', { alarmEmail: 'operator@example.com' });
const alarms = production.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

it('watches what callers are answered, and every worker whose silence nobody would notice', () => {
  const watched = alarms.map(({ Namespace, MetricName, Dimensions }) => {
    const [dimension] = Dimensions as { Name: string }[];
    return `${Namespace} ${MetricName} by ${dimension?.Name}`;
  });
  expect(watched.sort()).toEqual([
    'AWS/ApiGateway 5xx by ApiId',
    'AWS/Lambda Errors by FunctionName',
    'AWS/Lambda Errors by FunctionName',
    'AWS/Lambda IteratorAge by FunctionName',
    'AWS/SQS ApproximateNumberOfMessagesVisible by QueueName',
  ]);
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

it('rings each alarm at the topic, says what to do, and takes silence for well', () => {
  for (const alarm of alarms) {
    expect(JSON.stringify(alarm.AlarmActions)).toContain('Alarms');
    expect(String(alarm.AlarmDescription).length).toBeGreaterThan(40);
    expect(alarm.TreatMissingData).toBe('notBreaching');
  }
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
