// registry: the function that counts how models are used. What billing tells of sealed minutes leads to it through a queue.
import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { COUNT_ATTEMPT_COUNT } from '../../../lambdas/registry/contract.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import type { GovernanceData } from '../governance/governance-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { RegistryData } from './registry-data.ts';

/** A batch takes a quarter of a second; one whose every transaction meets others' may take a second each. */
const COUNT_SECONDS = 60;
const COUNT_BATCH = 25;

export interface RegistryCountProps {
  readonly registry: RegistryData;
  readonly governance: GovernanceData;
}

export class RegistryCount extends Construct {
  readonly count: ServiceFunction;
  readonly queue: WorkQueue;

  constructor(scope: Construct, surroundings: Surroundings, { registry, governance }: RegistryCountProps) {
    super(scope, 'RegistryCount');
    const { stage } = surroundings;
    this.queue = new WorkQueue(this, 'Queue', {
      queueName: resourceName(stage, 'registry-count'),
      workSeconds: COUNT_SECONDS,
      attemptCount: COUNT_ATTEMPT_COUNT,
    });
    this.count = makeFunction(
      this,
      'Count',
      surroundings,
      { context: 'registry', handler: 'count' },
      {
        description: 'Counts calls and callers of models, as minutes of usage are sealed',
        memoryMiB: stage.config.memoryMiB.worker,
        timeoutSeconds: COUNT_SECONDS,
        environment: registry.environment,
      },
    );
    registry.table.grantItems(this.count, ['GetItem', 'UpdateItem'], ['model#*', 'user#*']);
    registry.table.grantItems(this.count, ['PutItem'], ['counted#*', 'outbox#*']);
    this.feed();
    new Rule(this, 'UsageSealed', {
      ruleName: resourceName(stage, 'registry-count'),
      eventBus: seenAs<IEventBus>(governance.bus),
      eventPattern: { source: ['aimass.billing'], detailType: ['UsageSealed.v1'] },
      targets: [
        new SqsQueue(this.queue.queue, { deadLetterQueue: this.queue.deadLetters, maxEventAge: Duration.hours(24) }),
      ],
    });
    governance.alarms.watch(this, 'GaveUp', {
      metric: this.queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
      threshold: 1,
      description: `Calls were not counted for their models in ${COUNT_ATTEMPT_COUNT} attempts: numbers of use are too low, and new callers may not review, until the cause is mended and the queue is redriven.`,
    });
  }

  private feed() {
    this.count.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, 'Feed', {
      target: this.count.function,
      eventSourceArn: this.queue.queue.queueArn,
      batchSize: COUNT_BATCH,
      maxBatchingWindow: Duration.seconds(1),
      // All that a minute sealed comes at once, and a model that many call is one item for all of them.
      maxConcurrency: 4,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.count.role);
  }
}
