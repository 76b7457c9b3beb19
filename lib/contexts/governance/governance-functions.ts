// governance: the function that describes the API, manages webhooks and answers unknown paths; the relay that brings events
// from the tables' outboxes to the bus, at once by their streams and each minute whatever those missed; and who calls webhooks.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { governanceApiEnv, relayEnv } from '../../../lambdas/governance/contract.ts';
import { OUTBOX_SHARDS, outboxKey } from '../../../lambdas/shared/platform/events.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import type { AccountsData } from '../accounts/accounts-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { GovernanceData } from './governance-data.ts';
import { GovernanceWebhooks } from './governance-webhooks.ts';

export interface GovernanceProps {
  readonly accounts: AccountsData;
  readonly governance: GovernanceData;
  /** Context → the table whose outbox is relayed. */
  readonly outboxes: Readonly<Record<string, ServiceTable>>;
}

export class GovernanceFunctions extends Construct {
  readonly api: ServiceFunction;
  readonly relay: ServiceFunction;
  readonly webhooks: GovernanceWebhooks;

  constructor(scope: Construct, surroundings: Surroundings, props: GovernanceProps) {
    super(scope, 'Governance');
    this.webhooks = new GovernanceWebhooks(this, surroundings, props.governance);
    this.api = this.makeApi(surroundings, props.accounts);
    this.relay = this.makeRelay(surroundings, props);
    for (const [context, table] of Object.entries(props.outboxes)) this.follow(context, table);
    new Rule(this, 'SweepEachMinute', {
      ruleName: resourceName(surroundings.stage, 'governance-relay'),
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.relay.function, { retryAttempts: 0 })],
    });
    // The next minute's sweep is the retry: Lambda's own two would make one failed sweep three errors, an alarm.
    this.relay.function.configureAsyncInvoke({ retryAttempts: 0 });
    const { alarms } = props.governance;
    alarms.watch(this, 'RelayFails', {
      metric: this.relay.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 3,
      description: 'Events stay in their outboxes: uploads wait for their scan. See the log of the relay.',
    });
    alarms.watch(this, 'RelayLags', {
      metric: this.relay.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: 5 * 60_000,
      description: 'The relay is minutes behind a stream. See its log and its concurrency.',
    });
  }

  private makeApi(surroundings: Surroundings, accounts: AccountsData) {
    const { stage } = surroundings;
    // The others come from Lambda itself.
    const own: Pick<z.input<typeof governanceApiEnv>, 'STAGE' | 'BUILD'> = {
      STAGE: stage.name,
      BUILD: stage.build ?? surroundings.assets.bundles.hash,
    };
    const { environment, trustEnvironment } = this.webhooks;
    const api = makeFunction(
      this,
      'Api',
      surroundings,
      { context: 'governance', handler: 'api' },
      {
        description: 'Health, configuration, the description of the API, webhooks, and every unknown path',
        memoryMiB: stage.config.memoryMiB.api,
        timeoutSeconds: 10,
        environment: { ...own, ...accounts.environment, ...environment, ...trustEnvironment },
      },
    );
    accounts.grantAuthenticate(api);
    this.webhooks.grantManaging(api);
    return api;
  }

  private makeRelay(surroundings: Surroundings, { governance, outboxes }: GovernanceProps) {
    const environment: z.input<typeof relayEnv> = {
      OUTBOX_TABLES: Object.values(outboxes)
        .map(({ table }) => table.tableName)
        .join(','),
      EVENT_BUS_NAME: governance.bus.eventBusName,
    };
    const relay = makeFunction(
      this,
      'Relay',
      surroundings,
      { context: 'governance', handler: 'relay' },
      {
        description: 'Brings events from the outboxes to the bus',
        memoryMiB: surroundings.stage.config.memoryMiB.worker,
        timeoutSeconds: 55,
        environment,
      },
    );
    relay.allow({ actions: ['events:PutEvents'], resources: [governance.bus.eventBusArn] });
    const listing = relay.allowApart('Streams', { actions: ['dynamodb:ListStreams'], resources: ['*'] });
    acknowledge(listing, { 'AwsSolutions-IAM5[Resource::*]': 'ListStreams names no resource.' });
    return relay;
  }

  /** Feeds the relay with what enters a table's outbox. An event that could not be sent stays there for the sweep. */
  private follow(context: string, { table }: ServiceTable) {
    const outbox = this.relay;
    const { tableStreamArn } = table;
    if (!tableStreamArn) throw new Error(`the table of ${context} must have a stream`);
    outbox.allow({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [tableStreamArn],
    });
    const mapping = new EventSourceMapping(this, `Follow${context}`, {
      target: this.relay.function,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 25,
      bisectBatchOnError: true,
      retryAttempts: 3,
      maxRecordAge: Duration.hours(1),
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('outbox#') } } },
        }),
      ],
    });
    mapping.node.addDependency(this.relay.role);
  }
}

/** The partition keys of an outbox. */
export const outboxKeys: readonly string[] = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => outboxKey(shard));
