// billing: the function behind /v1/usage and /v1/balance, the one that seals minutes, and those that keep the books.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ALARM_PERIOD, type AlarmTopic } from '../../constructs/alarm-topic.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { AccountsData } from '../accounts/accounts-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import { type BillingData, billingPartitions } from './billing-data.ts';
import { BillingKeepers } from './billing-keepers.ts';

export interface BillingProps {
  readonly accounts: AccountsData;
  readonly billing: BillingData;
  readonly alarms: AlarmTopic;
}

export class BillingFunctions extends Construct {
  readonly api: ServiceFunction;
  readonly sealer: ServiceFunction;
  readonly keepers: BillingKeepers;

  constructor(scope: Construct, surroundings: Surroundings, { accounts, billing, alarms }: BillingProps) {
    super(scope, 'Billing');
    const { config } = surroundings.stage;
    this.api = makeFunction(
      this,
      'Api',
      surroundings,
      { context: 'billing', handler: 'api' },
      {
        description: 'Balance, usage, grants and prices',
        memoryMiB: config.memoryMiB.api,
        timeoutSeconds: 29,
        provisionedConcurrency: config.provisionedConcurrency.api,
        environment: { ...accounts.environment, ...billing.environment },
      },
    );
    accounts.grantAuthenticate(this.api);
    billing.grantApi(this.api);

    this.sealer = makeFunction(
      this,
      'Sealer',
      surroundings,
      { context: 'billing', handler: 'sealer' },
      {
        description: 'Seals minutes, hours, days and months of usage that are over, and sums them up',
        memoryMiB: config.memoryMiB.worker,
        timeoutSeconds: 55,
        environment: billing.environment,
      },
    );
    const { wallet, events, open, usage, months, ledger, outbox } = billingPartitions;
    billing.table.grantIndex(this.sealer, 'gsi1', ['open#?', 'months']);
    billing.table.grantItems(this.sealer, ['Query'], [events, open, usage, months, ledger]);
    billing.table.grantItems(this.sealer, ['UpdateItem'], [wallet]);
    billing.table.grantItems(this.sealer, ['BatchWriteItem'], [usage]);
    billing.table.grantItems(this.sealer, ['DeleteItem'], [open, months]);
    // A minute's sums with the event that tells of them; longer ones by the batch.
    billing.table.grantItems(this.sealer, ['PutItem'], [usage, outbox, months]);
    new Rule(this, 'SealEachMinute', {
      ruleName: resourceName(surroundings.stage, 'billing-sealer'),
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.sealer.function, { retryAttempts: 0 })],
    });
    this.keepers = new BillingKeepers(this, surroundings, { billing, alarms });
    alarms.watch(this, 'SealerFails', {
      metric: this.sealer.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 3,
      description: 'Minutes of usage are not sealed: nothing is lost, but usage gets slow to read. See its log.',
    });
  }
}
