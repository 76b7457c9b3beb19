// What there is to watch, by the names that CloudWatch knows it under. Names and no references: what watches can be
// deployed and removed by itself, and what is watched never waits for it.
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Stage } from '../../config/read-stage.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';

export interface PlatformParts {
  readonly stage: Stage;
  readonly apiId: string;
  readonly functions: {
    /** Those that callers wait for. */
    readonly api: readonly string[];
    /** Those that run publishers' models. */
    readonly runs: readonly string[];
    readonly sealer: string;
    readonly relay: string;
    readonly scan: string;
    readonly smoke: string;
  };
  readonly tables: readonly string[];
  readonly scanQueue: string;
  readonly artifactsBucket: string;
  /** Values of the dimension `lane` that models run on. */
  readonly lanes: readonly string[];
  readonly distributionId: string | undefined;
}

const minute = Duration.minutes(1);

export const lambdaMetric = (functionName: string, metricName: string, statistic = Stats.SUM): Metric =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionName },
    statistic,
    period: ALARM_PERIOD,
  });

export const gatewayMetric = ({ apiId }: PlatformParts, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    statistic,
    period: ALARM_PERIOD,
  });

/** A figure of the calls' own log lines: see lambdas/shared/platform/metrics.ts. */
export const callMetric = (
  { stage }: PlatformParts,
  metricName: string,
  { lane, cold, statistic }: { lane: string; cold: boolean; statistic: string },
): Metric =>
  new Metric({
    namespace: `AIMass/${stage.name}`,
    metricName,
    dimensionsMap: { lane, cold: String(cold) },
    statistic,
    period: ALARM_PERIOD,
  });

/** A figure of the workers' log lines. */
export const workMetric = ({ stage }: PlatformParts, work: string, metricName: string): Metric =>
  new Metric({
    namespace: `AIMass/${stage.name}`,
    metricName,
    dimensionsMap: { work },
    statistic: Stats.SUM,
    period: minute,
    label: `${work} ${metricName}`,
  });

export const tableMetric = (tableName: string, metricName: string, operation?: string): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: tableName, ...(operation ? { Operation: operation } : {}) },
    statistic: Stats.SUM,
    period: ALARM_PERIOD,
  });

/** The most that an alarm's expression may look at. */
const MAX_METRICS = 10;

/** Of metrics that say nothing while nothing happens. @throws Error for more than an alarm can hold */
export const sumOf = (metrics: readonly IMetric[], label: string): MathExpression => {
  if (metrics.length > MAX_METRICS)
    throw new Error(`'metrics' must be at most ${MAX_METRICS} for ${label}, got ${metrics.length}`);
  const using = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({
    expression: Object.keys(using)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics: using,
    label,
    period: ALARM_PERIOD,
  });
};
