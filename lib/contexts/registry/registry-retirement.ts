// registry: the function that brings versions to their end by the clock, and models by the deletion of their account,
// which comes through a queue. The one that deletes artifacts, and that alone.
import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import type { GovernanceData } from '../governance/governance-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { RegistryData } from './registry-data.ts';

const WORK_SECONDS = 300;
const ATTEMPT_COUNT = 5;
/** As long as a run may last: none begins beside another. */
const RUNS_EVERY = Duration.seconds(WORK_SECONDS);

export interface RegistryRetirementProps {
  readonly registry: RegistryData;
  readonly governance: GovernanceData;
}

export class RegistryRetirement extends Construct {
  readonly retire: ServiceFunction;
  readonly queue: WorkQueue;

  constructor(scope: Construct, surroundings: Surroundings, { registry, governance }: RegistryRetirementProps) {
    super(scope, 'RegistryRetirement');
    const { stage } = surroundings;
    this.queue = new WorkQueue(this, 'Queue', {
      queueName: resourceName(stage, 'registry-retire'),
      workSeconds: WORK_SECONDS,
      attemptCount: ATTEMPT_COUNT,
    });
    this.retire = makeFunction(
      this,
      'Retire',
      surroundings,
      { context: 'registry', handler: 'retire' },
      {
        description:
          'Retires versions whose notice has ended, purges what is retired, ends withdrawn models and subscriptions',
        memoryMiB: stage.config.memoryMiB.worker,
        timeoutSeconds: WORK_SECONDS,
        environment: {
          ...registry.environment,
          ARTIFACTS_BUCKET: registry.artifacts.bucket.bucketName,
          PURGE_GRACE_SECONDS: String(stage.config.purgeGraceSeconds),
        },
      },
    );
    this.grant(registry);
    // The next run is the retry: Lambda's own would run beside it.
    this.retire.function.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, 'Schedule', {
      ruleName: resourceName(stage, 'registry-retire'),
      schedule: Schedule.rate(RUNS_EVERY),
      targets: [new LambdaFunction(this.retire.function, { retryAttempts: 0 })],
    });
    this.feed(surroundings, governance);
    this.watch(governance);
  }

  private grant({ table, artifacts }: RegistryData) {
    const model = ['model#*'];
    table.grantItems(this.retire, ['GetItem', 'Query', 'PutItem', 'DeleteItem'], model);
    table.grantItems(this.retire, ['PutItem'], ['outbox#*', 'history#*', 'due', 'acc_*']);
    table.grantItems(this.retire, ['Query', 'DeleteItem'], ['due', 'holds#*']);
    table.grantItems(this.retire, ['GetItem', 'UpdateItem'], ['object#*']);
    table.grantItems(this.retire, ['Query'], ['health#*']);
    table.grantIndex(this.retire, 'gsi2', ['acc_*']);
    artifacts.grantObjects(this.retire, 'get', 'sha256/');
    artifacts.grantObjects(this.retire, 'deleteVersion', 'sha256/');
    artifacts.grantKnowingOfAbsence(this.retire);
  }

  private feed({ stage }: Surroundings, governance: GovernanceData) {
    this.retire.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, 'Feed', {
      target: this.retire.function,
      eventSourceArn: this.queue.queue.queueArn,
      batchSize: 1,
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.retire.role);
    new Rule(this, 'AccountDeleted', {
      ruleName: resourceName(stage, 'registry-account-deleted'),
      eventBus: seenAs<IEventBus>(governance.bus),
      eventPattern: { source: ['aimass.accounts'], detailType: ['AccountDeleted.v1'] },
      targets: [
        new SqsQueue(this.queue.queue, { deadLetterQueue: this.queue.deadLetters, maxEventAge: Duration.hours(24) }),
      ],
    });
  }

  private watch({ alarms }: GovernanceData) {
    alarms.watch(this, 'RetirementFails', {
      metric: this.retire.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 1,
      description:
        'What has ended was not brought to its end: a version whose notice is over answers no more, but its files stay; the end of a subscription is not told. See the log of registry-retire.',
    });
    alarms.watch(this, 'WithdrawalGaveUp', {
      metric: this.queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
      threshold: 1,
      description: `The models of a deleted account were not withdrawn in ${ATTEMPT_COUNT} attempts; the message waits in the dead-letter queue. Mend the cause, then redrive it.`,
    });
  }
}
