// One page for a glance: are calls answered, how fast, where does the time go, is the work behind done, do the stores
// hold. Names of its figures are those of the log lines.
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { resourceName } from '../surroundings.ts';
import {
  callMetric,
  gatewayMetric,
  lambdaMetric,
  type PlatformParts,
  tableMetric,
  workMetric,
} from './platform-parts.ts';

const WIDTH = 8;
const HEIGHT = 6;
/** The steps of a model's call, in their order. */
const steps = ['parseMs', 'queueMs', 'runMs', 'encodeMs', 'chargeMs'];

export class PlatformDashboard extends Construct {
  constructor(scope: Construct, parts: PlatformParts) {
    super(scope, 'Dashboard');
    new Dashboard(this, 'Resource', {
      dashboardName: resourceName(parts.stage, 'platform'),
      widgets: [
        [
          new TextWidget({
            width: 24,
            height: 1,
            markdown: `**AI Mass, ${parts.stage.name}** — what the figures mean: docs/guides/operate.md`,
          }),
        ],
        callsRow(parts),
        modelsRow(parts),
        functionsRow(parts),
        workRow(parts),
        ...(parts.distributionId ? [frontRow(parts.stage.name, parts.distributionId)] : []),
      ],
    });
  }
}

const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
  new GraphWidget({ title, left, right, width: WIDTH, height: HEIGHT, leftYAxis: { min: 0 } });

const callsRow = (parts: PlatformParts): IWidget[] => [
  graph('Calls', [gatewayMetric(parts, 'Count', Stats.SUM)]),
  graph('Calls answered 4xx and 5xx', [gatewayMetric(parts, '4xx', Stats.SUM), gatewayMetric(parts, '5xx', Stats.SUM)]),
  graph(
    'Milliseconds a call: p50, p90, p99',
    [50, 90, 99].map((p) => gatewayMetric(parts, 'Latency', Stats.p(p))),
  ),
];

const modelsRow = (parts: PlatformParts): IWidget[] => {
  const figure = (name: string, place: { lane: string; cold: boolean }, statistic: string) =>
    callMetric(parts, name, { ...place, statistic }).with({
      label: `${name} ${place.lane}${place.cold ? ' cold' : ''}`,
    });
  const warm = (name: string, lane: string, statistic: string) => figure(name, { lane, cold: false }, statistic);
  return [
    graph(
      'Where a warm call’s time goes: p50',
      parts.lanes.flatMap((lane) => steps.map((step) => warm(step, lane, Stats.p(50)))),
    ),
    graph(
      'A model’s call in milliseconds: p99, warm and cold',
      parts.lanes.flatMap((lane) => [false, true].map((cold) => figure('durationMs', { lane, cold }, Stats.p(99)))),
    ),
    graph(
      'Refused for want of money, limited',
      parts.lanes.flatMap((lane) => ['chargeRefusals', 'limitRefusals'].map((name) => warm(name, lane, Stats.SUM))),
    ),
  ];
};

const functionsRow = ({ functions }: PlatformParts): IWidget[] => {
  const all = [...functions.api, ...functions.runs, functions.scan, functions.smoke, functions.relay, functions.sealer];
  const labelled = (name: string, metricName: string, statistic = Stats.SUM) =>
    lambdaMetric(name, metricName, statistic).with({ label: name });
  return [
    graph(
      'Failed invocations',
      all.map((name) => labelled(name, 'Errors')),
    ),
    graph(
      'Throttled invocations',
      all.map((name) => labelled(name, 'Throttles')),
    ),
    graph(
      'Environments at work',
      all.map((name) => labelled(name, 'ConcurrentExecutions', Stats.MAXIMUM)),
    ),
  ];
};

const workRow = (parts: PlatformParts): IWidget[] => [
  graph('Periods sealed; events published and left', [
    workMetric(parts, 'seal', 'sealedCount'),
    workMetric(parts, 'relay', 'publishedCount'),
    workMetric(parts, 'sweep', 'publishedCount'),
    workMetric(parts, 'sweep', 'leftCount'),
  ]),
  graph(
    'Behind: the relay in milliseconds, the scan queue in seconds',
    [lambdaMetric(parts.functions.relay, 'IteratorAge', Stats.MAXIMUM)],
    [
      new Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
        dimensionsMap: { QueueName: parts.scanQueue },
        statistic: Stats.MAXIMUM,
      }),
    ],
  ),
  graph(
    'Tables: requests throttled',
    parts.tables.flatMap((table) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => tableMetric(table, name)),
    ),
  ),
];

/** CloudFront and its firewall tell their figures in us-east-1, of the world. */
const frontRow = (stage: string, distributionId: string): IWidget[] => {
  const cloudFront = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/CloudFront',
      metricName,
      dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
      statistic,
      region: 'us-east-1',
    });
  return [
    graph('Requests at the front', [cloudFront('Requests', Stats.SUM)]),
    graph('Per cent answered 4xx, 5xx at the front', [
      cloudFront('4xxErrorRate', Stats.AVERAGE),
      cloudFront('5xxErrorRate', Stats.AVERAGE),
    ]),
    graph('Refused by the firewall', [
      new Metric({
        namespace: 'AWS/WAFV2',
        metricName: 'BlockedRequests',
        dimensionsMap: { WebACL: `aimass-${stage}-front`, Rule: 'ALL' },
        statistic: Stats.SUM,
        region: 'us-east-1',
      }),
    ]),
  ];
};
