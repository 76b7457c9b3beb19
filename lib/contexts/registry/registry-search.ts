// registry: what keeps the search index. Whatever the registry tells of a model leads, through a queue, to the function
// that writes it into the index; another puts changes together every hour, and makes the index anew every day.
import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { INDEX_ATTEMPT_COUNT } from '../../../lambdas/registry/contract.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import type { GovernanceData } from '../governance/governance-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { RegistryData } from './registry-data.ts';

/** Without an index its first event makes one: of 100,000 models, that takes about two minutes. */
const INDEX_SECONDS = 300;
/** Events brought in together: a state is written once for them. */
const INDEX_BATCH = 100;

export interface RegistrySearchProps {
  readonly registry: RegistryData;
  readonly governance: GovernanceData;
}

export class RegistrySearch extends Construct {
  readonly index: ServiceFunction;
  readonly merge: ServiceFunction;
  readonly queue: WorkQueue;

  constructor(scope: Construct, surroundings: Surroundings, { registry, governance }: RegistrySearchProps) {
    super(scope, 'RegistrySearch');
    const { stage } = surroundings;
    this.queue = new WorkQueue(this, 'Queue', {
      queueName: resourceName(stage, 'registry-search'),
      workSeconds: INDEX_SECONDS,
      attemptCount: INDEX_ATTEMPT_COUNT,
    });
    const make = (id: string, handler: string, description: string, timeoutSeconds: number) =>
      makeFunction(
        this,
        id,
        surroundings,
        { context: 'registry', handler },
        {
          description,
          // One whole processor: an index of 100,000 models is put together in seconds, and takes 300 MiB.
          memoryMiB: stage.config.memoryMiB.scan,
          timeoutSeconds,
          environment: { ...registry.environment, ...registry.searchEnvironment },
        },
      );
    this.index = make('Index', 'search-index', 'Writes changed models into the search index', INDEX_SECONDS);
    this.merge = make('Merge', 'search-merge', 'Puts the search index together, and makes it anew', 900);
    for (const writer of [this.index, this.merge]) {
      registry.table.grantItems(writer, ['BatchGetItem'], ['model#*']);
      registry.table.grantIndex(writer, 'gsi1', ['catalogue']);
      registry.grantWritingIndex(writer);
    }
    this.feed();
    new Rule(this, 'ModelChanges', {
      ruleName: resourceName(stage, 'registry-search'),
      eventBus: seenAs<IEventBus>(governance.bus),
      eventPattern: { source: ['aimass.registry'] },
      targets: [
        new SqsQueue(this.queue.queue, { deadLetterQueue: this.queue.deadLetters, maxEventAge: Duration.hours(24) }),
      ],
    });
    // The next run is the retry: Lambda's own would run beside it.
    this.merge.function.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, 'Schedule', {
      ruleName: resourceName(stage, 'registry-search-merge'),
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.merge.function, { retryAttempts: 0 })],
    });
    this.watch(governance);
  }

  private feed() {
    this.index.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, 'Feed', {
      target: this.index.function,
      eventSourceArn: this.queue.queue.queueArn,
      batchSize: INDEX_BATCH,
      maxBatchingWindow: Duration.seconds(1),
      // Writers take turns: more than the fewest that Lambda allows would only wait for one another.
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.index.role);
  }

  private watch({ alarms }: GovernanceData) {
    alarms.watch(this, 'IndexGaveUp', {
      metric: this.queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
      threshold: 1,
      description: `A change of a model was not brought into the search index in ${INDEX_ATTEMPT_COUNT} attempts: it is found as it was, or not at all, until the index is made anew (daily). Mend the cause, then redrive it.`,
    });
    alarms.watch(this, 'MergeFails', {
      metric: this.merge.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 1,
      description:
        'The search index is not put together: searches answer, but read more and more, and after a week the index is gone. See its log.',
    });
  }
}
