// governance: webhooks. Every context's events go through a queue to the function that makes deliveries of them; attempts
// go through another to the function that calls customers' URLs, which each minute puts there what has come due.
import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { webhooksEnv, webhookTrustEnv } from '../../../lambdas/governance/contract.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { GovernanceData } from './governance-data.ts';

const NOTIFY_SECONDS = 30;
/** A batch's attempts are made at once, and each takes ten seconds at most; so does the sweep, with some to spare. */
const DELIVER_SECONDS = 30;
const ATTEMPT_COUNT = 5;
/** Attempts on their way at one time are ten times as many: a receiver that hangs holds one of them for ten seconds. */
const DELIVER_CONCURRENCY = 20;
const NOTIFY_CONCURRENCY = 5;
const BATCH_SIZE = 10;

export class GovernanceWebhooks extends Construct {
  readonly notify: ServiceFunction;
  readonly deliver: ServiceFunction;
  private readonly attempts: WorkQueue;
  private readonly governance: GovernanceData;
  private readonly surroundings: Surroundings;

  constructor(scope: Construct, surroundings: Surroundings, governance: GovernanceData) {
    super(scope, 'Webhooks');
    this.governance = governance;
    this.surroundings = surroundings;
    const { stage } = surroundings;
    const events = this.makeQueue('Events', 'governance-notify', NOTIFY_SECONDS);
    this.attempts = this.makeQueue('Attempts', 'governance-deliver', DELIVER_SECONDS);
    this.notify = this.makeNotify();
    this.deliver = this.makeDeliver();
    this.feed('FeedNotify', this.notify, events, NOTIFY_CONCURRENCY);
    this.feed('FeedDeliver', this.deliver, this.attempts, DELIVER_CONCURRENCY);
    new Rule(this, 'AllEvents', {
      ruleName: resourceName(stage, 'governance-notify'),
      eventBus: seenAs<IEventBus>(governance.bus),
      eventPattern: { source: Match.prefix('aimass.') },
      targets: [new SqsQueue(events.queue, { deadLetterQueue: events.deadLetters, maxEventAge: Duration.hours(24) })],
    });
    new Rule(this, 'SweepEachMinute', {
      ruleName: resourceName(stage, 'governance-deliver'),
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.deliver.function, { retryAttempts: 0 })],
    });
    // The next minute's sweep is the retry.
    this.deliver.function.configureAsyncInvoke({ retryAttempts: 0 });
    this.watch('NotifyGaveUp', events, 'Webhooks are not told of an event');
    this.watch('DeliverGaveUp', this.attempts, 'An attempt at a webhook was not made; the sweep goes on trying');
    governance.alarms.watch(this, 'DeliverFails', {
      metric: this.deliver.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 3,
      description:
        'Attempts at webhooks that are due later than in a quarter of an hour are not made: the sweep fails. See the log of governance-deliver.',
    });
  }

  /** Environment of a function that makes deliveries, or reads them. */
  get environment(): z.input<typeof webhooksEnv> {
    return {
      GOVERNANCE_TABLE: this.governance.table.table.tableName,
      DELIVERY_QUEUE_URL: this.attempts.queue.queueUrl,
    };
  }

  /** Environment of one that makes or opens secrets, or decides on URLs. */
  get trustEnvironment(): Pick<z.input<typeof webhookTrustEnv>, 'WEBHOOK_KEY'> & {
    readonly WEBHOOK_PRIVATE_HOSTS?: string;
  } {
    const { webhookPrivateHosts } = this.surroundings.stage.config;
    return {
      WEBHOOK_KEY: this.governance.webhookKey.keyArn,
      ...(webhookPrivateHosts.length === 0 ? {} : { WEBHOOK_PRIVATE_HOSTS: webhookPrivateHosts.join(',') }),
    };
  }

  /** The API: makes webhooks and their secrets, which it cannot open, and replays deliveries. */
  grantManaging(api: ServiceFunction): void {
    const { table, webhookKey } = this.governance;
    table.grantItems(api, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'], ['acc_*']);
    table.grantItems(api, ['GetItem', 'Query', 'PutItem'], ['whk_*']);
    api.allow({ actions: ['kms:Encrypt'], resources: [webhookKey.keyArn] });
    this.grantPutting(api);
  }

  private grantPutting(putter: ServiceFunction): void {
    putter.allow({ actions: ['sqs:SendMessage'], resources: [this.attempts.queue.queueArn] });
  }

  private makeQueue(id: string, name: string, workSeconds: number) {
    return new WorkQueue(this, id, {
      queueName: resourceName(this.surroundings.stage, name),
      workSeconds,
      attemptCount: ATTEMPT_COUNT,
    });
  }

  private makeNotify() {
    const notify = makeFunction(
      this,
      'Notify',
      this.surroundings,
      { context: 'governance', handler: 'notify' },
      {
        description: 'Makes deliveries to webhooks of what the contexts tell',
        memoryMiB: this.surroundings.stage.config.memoryMiB.worker,
        timeoutSeconds: NOTIFY_SECONDS,
        environment: this.environment,
      },
    );
    this.governance.table.grantItems(notify, ['Query'], ['acc_*']);
    this.governance.table.grantItems(notify, ['PutItem'], ['whk_*']);
    this.grantPutting(notify);
    return notify;
  }

  private makeDeliver() {
    const { table, webhookKey } = this.governance;
    const deliver = makeFunction(
      this,
      'Deliver',
      this.surroundings,
      { context: 'governance', handler: 'deliver' },
      {
        description: 'Calls webhooks',
        memoryMiB: this.surroundings.stage.config.memoryMiB.worker,
        timeoutSeconds: DELIVER_SECONDS,
        environment: { ...this.environment, ...this.trustEnvironment },
      },
    );
    table.grantItems(deliver, ['GetItem', 'PutItem'], ['acc_*', 'whk_*']);
    table.grantIndex(deliver, 'gsi1', ['due#*']);
    deliver.allow({ actions: ['kms:Decrypt'], resources: [webhookKey.keyArn] });
    this.grantPutting(deliver);
    return deliver;
  }

  private feed(id: string, target: ServiceFunction, { queue }: WorkQueue, maxConcurrency: number) {
    target.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, id, {
      target: target.function,
      eventSourceArn: queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(target.role);
  }

  private watch(id: string, { deadLetters }: WorkQueue, what: string) {
    this.governance.alarms.watch(this, id, {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
      threshold: 1,
      description: `${what}: it failed on our side ${ATTEMPT_COUNT} times and waits in the dead-letter queue. Mend the cause, then redrive it.`,
    });
  }
}
