// registry: the scan of what a publisher completed, fed by the event through a queue; after its last attempt it waits
// for a person. It stands with inference's stack because it has the smoke function try each model.
import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { SCAN_ATTEMPT_COUNT } from '../../../lambdas/registry/contract.ts';
import { ALARM_PERIOD } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import type { GovernanceData } from '../governance/governance-data.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import type { RegistryData } from './registry-data.ts';

const SCAN_SECONDS = 300;

export interface RegistryScanProps {
  readonly registry: RegistryData;
  readonly governance: GovernanceData;
  readonly smoke: ServiceFunction;
}

export class RegistryScan extends Construct {
  readonly scan: ServiceFunction;
  readonly queue: WorkQueue;

  constructor(scope: Construct, surroundings: Surroundings, { registry, governance, smoke }: RegistryScanProps) {
    super(scope, 'RegistryScan');
    const { stage } = surroundings;
    this.queue = new WorkQueue(this, 'Queue', {
      queueName: resourceName(stage, 'registry-scan'),
      workSeconds: SCAN_SECONDS,
      attemptCount: SCAN_ATTEMPT_COUNT,
    });
    this.scan = makeFunction(
      this,
      'Scan',
      surroundings,
      { context: 'registry', handler: 'scan' },
      {
        description: 'Scans uploaded models, has them tried, and keeps what passes',
        memoryMiB: stage.config.memoryMiB.scan,
        timeoutSeconds: SCAN_SECONDS,
        environment: {
          ...registry.environment,
          ...registry.bucketEnvironment,
          ...registry.manifestEnvironment,
          SMOKE_FUNCTION: smoke.invokeName,
          SMOKE_MEMORY_MIB: String(stage.config.memoryMiB.smoke),
        },
      },
    );
    registry.table.grantItems(this.scan, ['GetItem'], ['model#*']);
    registry.table.grantItems(this.scan, ['PutItem'], ['model#*', 'outbox#*', 'history#*', 'holds#*']);
    registry.table.grantItems(this.scan, ['UpdateItem'], ['object#*']);
    registry.grantMaking(this.scan, 'uploads/');
    registry.grantSigning(this.scan);
    this.scan.allowInvoking(smoke);
    this.feed(stage.config.scanConcurrency);
    new Rule(this, 'VersionCompleted', {
      ruleName: resourceName(stage, 'registry-scan'),
      eventBus: seenAs<IEventBus>(governance.bus),
      eventPattern: { source: ['aimass.registry'], detailType: ['VersionCompleted.v1'] },
      targets: [
        new SqsQueue(this.queue.queue, {
          deadLetterQueue: this.queue.deadLetters,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });
    governance.alarms.watch(this, 'ScanGaveUp', {
      metric: this.queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
      threshold: 1,
      description: `A version was not scanned in ${SCAN_ATTEMPT_COUNT} attempts and waits in the dead-letter queue. Mend the cause, then redrive it.`,
    });
  }

  private feed(maxConcurrency: number) {
    this.scan.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, 'Feed', {
      target: this.scan.function,
      eventSourceArn: this.queue.queue.queueArn,
      batchSize: 1,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.scan.role);
  }
}
