// The alarms that look over several parts at once; those on one part alone lie beside it. Each says what it means and
// what to do, and docs/guides/operate.md says it at length under the same name.
import { Lazy } from 'aws-cdk-lib';
import { AlarmRule, CompositeAlarm, type IAlarm, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ALARM_PERIOD, type AlarmTopic, type Watched } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import { resourceName } from '../surroundings.ts';
import { callMetric, gatewayMetric, lambdaMetric, type PlatformParts, sumOf, tableMetric } from './platform-parts.ts';

/** What we do with tables; DynamoDB counts its failures by operation alone. At most ten: see `sumOf`. */
const tableOperations = [
  'GetItem',
  'Query',
  'Scan',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchGetItem',
  'BatchWriteItem',
  'TransactWriteItems',
];

export interface PlatformAlarmsProps {
  readonly parts: PlatformParts;
  readonly topic: AlarmTopic;
  /** Those of other stacks that somebody is to be woken for, too. */
  readonly grave: readonly IAlarm[];
}

export class PlatformAlarms extends Construct {
  private readonly parts: PlatformParts;
  private readonly topic: AlarmTopic;
  /** Those that callers feel, or that money is wrong by. */
  private readonly grave: IAlarm[];

  constructor(scope: Construct, { parts, topic, grave }: PlatformAlarmsProps) {
    super(scope, 'Alarms');
    this.parts = parts;
    this.topic = topic;
    this.grave = [...grave];
    this.watchCalls();
    this.watchFunctions();
    this.watchWork();
    this.watchStores();
    this.ringWhenHurt();
  }

  /** One alarm for who is to be woken, by whatever grave alarm there is at the end. */
  private ringWhenHurt(): void {
    const hurt = new CompositeAlarm(this, 'PlatformIsHurt', {
      compositeAlarmName: resourceName(this.parts.stage, 'is-hurt'),
      alarmDescription:
        'Callers feel it, or money may be wrong: at least one of the grave alarms rings. The notice names which; each says what to do.',
      alarmRule: {
        renderAlarmRule: () => Lazy.string({ produce: () => AlarmRule.anyOf(...this.grave).renderAlarmRule() }),
      },
    });
    hurt.addAlarmAction(new SnsAction(seenAs<ITopic>(this.topic.topic)));
  }

  private watch(id: string, weight: 'grave' | 'slight', watched: Watched): void {
    const alarm = this.topic.watch(this, id, watched);
    if (weight === 'grave') this.grave.push(alarm);
  }

  private watchCalls() {
    const { parts } = this;
    const { alarms } = parts.stage.config;
    this.watch('ServerErrors', 'grave', {
      metric: new MathExpression({
        expression: `IF(calls >= ${alarms.leastCalls}, failed / calls, 0)`,
        usingMetrics: {
          calls: gatewayMetric(parts, 'Count', Stats.SUM),
          failed: gatewayMetric(parts, '5xx', Stats.SUM),
        },
        label: 'share of calls answered 5xx',
        period: ALARM_PERIOD,
      }),
      threshold: alarms.serverErrorShare,
      description:
        'More calls than allowed are answered 5xx, which is never the caller’s fault. In the functions’ logs, level "fault" has the stacks; without any, the gateway gave up or a function was throttled.',
    });
    this.watch('SlowCalls', 'grave', {
      metric: gatewayMetric(parts, 'Latency', Stats.p(99)),
      threshold: alarms.slowCallsMs,
      windowCount: 3,
      description:
        'One call of a hundred takes longer than allowed, for a quarter of an hour. The dashboard shows whether runs, the charge or cold starts do.',
    });
    for (const lane of parts.lanes) {
      this.watch(`SlowModelCalls-${lane}`, 'slight', {
        metric: callMetric(parts, 'durationMs', { lane, cold: false, statistic: Stats.p(99) }),
        threshold: alarms.slowModelCallsMs,
        windowCount: 3,
        description: `Warm calls of models on ${lane} are slow. Compare runMs, queueMs and chargeMs of the lane: a heavy model, too few environments, or a hot wallet.`,
      });
    }
    const places = [...parts.lanes, 'none'].flatMap((lane) => [true, false].map((cold) => ({ lane, cold })));
    this.watch('ChargeRefusals', 'slight', {
      metric: sumOf(
        places.map((place) => callMetric(parts, 'chargeRefusals', { ...place, statistic: Stats.SUM })),
        'calls refused for want of money',
      ),
      threshold: alarms.chargeRefusals,
      description:
        'Many calls are answered 402. One account in a loop is its own affair (group the log by accountId); many accounts tell of top-ups that do not arrive, or of a price gone wrong.',
    });
  }

  private watchFunctions() {
    const { functions, stage } = this.parts;
    const { functionErrors, throttles, concurrencyShare } = stage.config.alarms;
    const errors = (names: readonly string[]) => names.map((name) => lambdaMetric(name, 'Errors'));
    const refused = (names: readonly string[]) => names.map((name) => lambdaMetric(name, 'Throttles'));
    this.watch('ApiFunctionsFail', 'grave', {
      metric: sumOf(errors(functions.api), 'failed invocations'),
      threshold: functionErrors,
      description:
        'A function that catches every fault ended without an answer: it ran out of time or memory, or could not start (a missing variable, a missing right). See the last lines of its log.',
    });
    this.watch('RunsCrash', 'slight', {
      metric: sumOf(errors(functions.runs), 'crashed runs'),
      threshold: functionErrors,
      description:
        'Publishers’ models end their processes or take too long; callers are answered 422. If one model does it (see the log of infer for code model_failed by model), tell its publisher.',
    });
    this.watch('ApiFunctionsThrottled', 'grave', {
      metric: sumOf(refused(functions.api), 'throttled invocations'),
      threshold: throttles,
      description:
        'Lambda has no environment for callers, who are answered 503. Raise the account’s concurrency in Service Quotas, or lower the gateway’s wall.',
    });
    this.watch('RunsThrottled', 'slight', {
      metric: sumOf(refused([...functions.runs, functions.scan, functions.smoke]), 'throttled invocations'),
      threshold: throttles,
      description:
        'Lambda has no environment for models or scans: calls are answered 503 with Retry-After, scans wait. Raise the account’s concurrency in Service Quotas.',
    });
    const used = new Metric({
      namespace: 'AWS/Usage',
      metricName: 'ResourceCount',
      dimensionsMap: { Service: 'Lambda', Type: 'Resource', Resource: 'ConcurrentExecutions', Class: 'None' },
      statistic: Stats.MAXIMUM,
      period: ALARM_PERIOD,
    });
    this.watch('ConcurrencyNearLimit', 'grave', {
      metric: new MathExpression({
        expression: 'used / SERVICE_QUOTA(used)',
        usingMetrics: { used },
        label: 'share of the account’s concurrency',
        period: ALARM_PERIOD,
      }),
      threshold: concurrencyShare,
      description:
        'The account is about to run out of Lambda environments; throttling comes next. Ask for more in Service Quotas, and look for a caller or a slow dependency that holds them.',
    });
  }

  private watchWork() {
    const { functions, scanQueue, stage } = this.parts;
    const { functionErrors, scanWaitSeconds } = stage.config.alarms;
    for (const [id, name, consequence] of [
      ['SealerStopped', functions.sealer, 'Usage gets slow to read, and periods cannot be closed.'],
      ['RelayStopped', functions.relay, 'Events that the streams missed stay in their outboxes: uploads may wait.'],
    ] as const) {
      this.watch(id, 'grave', {
        metric: lambdaMetric(name, 'Invocations'),
        threshold: 1,
        when: 'below',
        silence: 'alarming',
        windowCount: 2,
        description: `${name} runs every minute and has not for ten. ${consequence} See whether its rule is enabled, and whether it is throttled.`,
      });
    }
    this.watch('ScansFail', 'slight', {
      metric: sumOf([lambdaMetric(functions.scan, 'Errors'), lambdaMetric(functions.smoke, 'Errors')], 'failed scans'),
      threshold: functionErrors,
      description:
        'Scans or trial runs end without a verdict; each upload is tried five times. See the logs of scan and smoke; an upload that ends the scanner is one to keep.',
    });
    this.watch('ScansWait', 'slight', {
      metric: new Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
        dimensionsMap: { QueueName: scanQueue },
        statistic: Stats.MAXIMUM,
        period: ALARM_PERIOD,
      }),
      threshold: scanWaitSeconds,
      description:
        'An upload has waited long for its scan. Either scans fail (ScansFail), or there are more than scanConcurrency in the stage’s configuration works off.',
    });
    const writers = [...functions.api, functions.sealer, functions.relay, functions.scan];
    this.watch('MetricsLost', 'slight', {
      metric: sumOf(
        writers.map(
          (name) =>
            new Metric({
              namespace: 'AWS/Logs',
              metricName: 'EMFValidationErrors',
              dimensionsMap: { LogGroupName: `/aws/lambda/${name}` },
              statistic: Stats.SUM,
              period: ALARM_PERIOD,
            }),
        ),
        'log lines whose metrics CloudWatch refused',
      ),
      threshold: 1,
      description:
        'CloudWatch could not read the metrics in some log lines: what the dashboard shows is too little. A figure that is no number, or more of them than it takes.',
    });
  }

  private watchStores() {
    const { tables, artifactsBucket, stage } = this.parts;
    const { throttles } = stage.config.alarms;
    for (const table of tables) {
      this.watch(`TableThrottled-${table}`, 'slight', {
        metric: sumOf(
          [tableMetric(table, 'ReadThrottleEvents'), tableMetric(table, 'WriteThrottleEvents')],
          'throttled requests',
        ),
        threshold: throttles,
        description: `${table} refuses requests: one partition is too hot, or traffic doubled within half an hour. Calls are tried again and get slow; Contributor Insights shows the key.`,
      });
      this.watch(`TableFails-${table}`, 'grave', {
        metric: sumOf(
          tableOperations.map((operation) => tableMetric(table, 'SystemErrors', operation)),
          'failures of DynamoDB itself',
        ),
        threshold: 5,
        description: `DynamoDB fails on ${table}. Charges are tried again and otherwise refused with 503: nothing is lost or doubled. See the AWS Health dashboard.`,
      });
    }
    if (!stage.config.bucketMetrics) return;
    this.watch('ArtifactsFail', 'grave', {
      metric: new Metric({
        namespace: 'AWS/S3',
        metricName: '5xxErrors',
        dimensionsMap: { BucketName: artifactsBucket, FilterId: 'all' },
        statistic: Stats.SUM,
        period: ALARM_PERIOD,
      }),
      threshold: 5,
      description:
        'S3 fails on the artifacts: models that no environment has loaded yet cannot be called. See the AWS Health dashboard; SlowDown passes as S3 spreads.',
    });
  }
}
